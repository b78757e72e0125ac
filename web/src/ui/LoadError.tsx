import './kit.css'
import type { UserError } from '../state/user-error.ts'
import { ui } from '../strings/ui.ts'

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
      {error.reference && <span className="faint"> {ui.reference({ id: error.reference })}</span>}
    </p>
    <button type="button" className="button" onClick={retry}>
      {ui.tryAgain}
    </button>
  </div>
)
