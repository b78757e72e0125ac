import { Link } from 'wouter'

export const NotFound = () => (
  <main className="page-note">
    <h1 tabIndex={-1}>This page does not exist</h1>
    <p>The address may be mistyped, or the page has moved.</p>
    <Link href="/" className="button primary">
      Start a conversation
    </Link>
  </main>
)
