import { type FormEvent, useEffect, useState } from 'react'
import type { MfaSecret } from '../../../shared/api/sessions.ts'
import { CopyButton } from '../ui/CopyButton.tsx'
import { FailureNotice } from '../ui/parts.tsx'
import { useAttempt } from '../ui/use-load.ts'
import { CodeField } from './CodeField.tsx'
import { beginMfa, verifyMfa } from './mfa-api.ts'
import { QrCode } from './QrCode.tsx'

interface Props {
  /** A code of the second factor there is, if there is one. */
  readonly code?: string | undefined
  readonly onVerified: (recovery: readonly string[]) => void
  readonly onCancel: (() => void) | null
}

/** Scan or type the secret, then prove it with a code: only then is it in force. */
export function Enrol({ code, onVerified, onCancel }: Props) {
  const [made, setMade] = useState<MfaSecret | null>(null)
  const begin = useAttempt()
  const prove = useAttempt()
  const start = () => begin.attempt(async () => setMade(await beginMfa(code)))
  useEffect(() => void start(), [])
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const said = String(new FormData(event.currentTarget).get('code'))
    void prove.attempt(async () => onVerified((await verifyMfa(said)) ?? []))
  }
  if (!made)
    return (
      <div className="enrol-wait" aria-busy={begin.busy}>
        <FailureNotice trouble={begin.trouble} />
        {begin.trouble && (
          <div className="modal-actions">
            {onCancel && (
              <button type="button" className="button" onClick={onCancel}>
                Cancel
              </button>
            )}
            <button type="button" className="button primary" onClick={() => void start()}>
              Try again
            </button>
          </div>
        )}
      </div>
    )
  return (
    <form className="enrol" onSubmit={submit}>
      <ol className="enrol-steps">
        <li>
          <p>Scan this with an authenticator app: 1Password, Google Authenticator, Aegis or any other.</p>
          <div className="enrol-secret">
            <QrCode text={made.uri} label="QR code for your authenticator app; the key below says the same" />
            <div>
              <p className="hint">Can’t scan it? Type this key into the app:</p>
              <div className="enrol-key">
                <code data-testid="mfa-secret">{made.secret.match(/.{1,4}/g)?.join(' ')}</code>
                <CopyButton text={made.secret} label="Copy the key" testId="copy-secret" />
              </div>
              <a className="link enrol-here" href={made.uri}>
                Open an app on this device
              </a>
            </div>
          </div>
        </li>
        <li>
          <CodeField label="Enter the six digits that it shows" trouble={prove.trouble} />
        </li>
      </ol>
      <div className="modal-actions">
        {onCancel && (
          <button type="button" className="button" onClick={onCancel}>
            Cancel
          </button>
        )}
        <button type="submit" className="button primary" disabled={prove.busy} data-testid="verify-mfa">
          {prove.busy ? 'Checking…' : 'Turn on'}
        </button>
      </div>
    </form>
  )
}
