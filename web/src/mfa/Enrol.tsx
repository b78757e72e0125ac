import { type FormEvent, useEffect, useState } from 'react'
import type { MfaSecret } from '../../../shared/api/mfa.ts'
import { mfa } from '../strings/mfa.ts'
import { CopyButton } from '../ui/CopyButton.tsx'
import { ErrorNotice } from '../ui/ErrorNotice.tsx'
import { useAction } from '../ui/use-action.ts'
import { CodeField } from './CodeField.tsx'
import { beginMfa, verifyMfa } from './mfa-api.ts'
import { QrCode } from './QrCode.tsx'

interface Props {
  /** A code of the second factor that this one replaces. */
  readonly code?: string | undefined
  readonly onVerified: (recovery: readonly string[]) => void
  readonly onCancel: (() => void) | null
}

/** Shows the secret as a QR code and as text, and checks a first code. The second factor is on only after that. */
export function Enrol({ code, onVerified, onCancel }: Props) {
  const [secret, setSecret] = useState<MfaSecret | null>(null)
  const begin = useAction()
  const verify = useAction()
  const start = () => begin.run(async () => setSecret(await beginMfa(code)))
  useEffect(() => void start(), [])
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const enteredCode = String(new FormData(event.currentTarget).get('code'))
    void verify.run(async () => onVerified((await verifyMfa(enteredCode)) ?? []))
  }
  if (!secret)
    return (
      <div className="enrol-wait" aria-busy={begin.busy}>
        <ErrorNotice error={begin.error} />
        {begin.error && (
          <div className="modal-actions">
            {onCancel && (
              <button type="button" className="button" onClick={onCancel}>
                {mfa.code.cancelButton}
              </button>
            )}
            <button type="button" className="button primary" onClick={() => void start()}>
              {mfa.enrol.tryAgainButton}
            </button>
          </div>
        )}
      </div>
    )
  return (
    <form className="enrol" onSubmit={submit}>
      <ol className="enrol-steps">
        <li>
          <p>{mfa.enrol.scan}</p>
          <div className="enrol-secret">
            <QrCode text={secret.uri} label={mfa.enrol.qrLabel} />
            <div>
              <p className="hint">{mfa.enrol.typeKey}</p>
              <div className="enrol-key">
                <code data-testid="mfa-secret">{secret.secret.match(/.{1,4}/g)?.join(' ')}</code>
                <CopyButton text={secret.secret} label={mfa.enrol.copyKey} testId="copy-secret" />
              </div>
              <a className="link enrol-here" href={secret.uri}>
                {mfa.enrol.openApp}
              </a>
            </div>
          </div>
        </li>
        <li>
          <CodeField label={mfa.enrol.enterDigits} error={verify.error} />
        </li>
      </ol>
      <div className="modal-actions">
        {onCancel && (
          <button type="button" className="button" onClick={onCancel}>
            {mfa.code.cancelButton}
          </button>
        )}
        <button type="submit" className="button primary" disabled={verify.busy} data-testid="verify-mfa">
          {verify.busy ? mfa.code.checking : mfa.enrol.turnOnButton}
        </button>
      </div>
    </form>
  )
}
