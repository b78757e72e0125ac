import { Link } from 'wouter'
import { app } from '../strings/app.ts'

export const NotFound = () => (
  <main className="page-note">
    <h1 tabIndex={-1}>{app.notFound.title}</h1>
    <p>{app.notFound.text}</p>
    <Link href="/" className="button primary">
      {app.notFound.startButton}
    </Link>
  </main>
)
