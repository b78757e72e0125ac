import './error-notice.css'
import { useIsAdmin } from '../state/me.ts'
import type { UserError } from '../state/user-error.ts'
import { ui } from '../strings/ui.ts'

interface Props {
  /** Null renders nothing. */
  readonly error: UserError | null
  readonly retry?: () => void
  readonly retryLabel?: string
}

/** The server's words, which help administrators only. */
function Technical({ text }: { readonly text: string | undefined }) {
  return useIsAdmin() && text ? (
    <p className="reference" lang="en">
      {text}
    </p>
  ) : null
}

/** What went wrong and what to do about it, beside the content or the button that it concerns. */
export const ErrorNotice = ({ error, retry, retryLabel = ui.tryAgain }: Props) =>
  error && (
    <div className="error-notice" role="alert">
      <p>
        <strong>{error.title}.</strong> {error.detail}
        {error.reference && <span className="reference"> {ui.reference({ id: error.reference })}</span>}
      </p>
      <Technical text={error.technical} />
      {retry && (
        <button type="button" className="button small" onClick={retry}>
          {retryLabel}
        </button>
      )}
    </div>
  )
