import { Link } from 'wouter'

export const NotFound = () => (
  <main className="page-note">
    <h1 tabIndex={-1}>This page does not exist</h1>
    <p>The address may be mistyped, or what was here has moved.</p>
    <Link href="/" className="button primary">
      Start a conversation
    </Link>
  </main>
)
