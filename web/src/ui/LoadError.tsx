import './kit.css'
import type { UserError } from '../state/user-error.ts'

interface Props {
  readonly error: UserError
  readonly retry: () => void
}

/** Replaces content when its first load failed. */
export const LoadError = ({ error, retry }: Props) => (
  <div className="empty" role="alert">
    <h2>{error.title}</h2>
    <p>
      {error.detail}
      {error.reference && <span className="faint"> Reference {error.reference}</span>}
    </p>
    <button type="button" className="button" onClick={retry}>
      Try again
    </button>
  </div>
)
