import { Download } from 'lucide-react'
import { mfa } from '../strings/mfa.ts'
import { CopyButton } from '../ui/CopyButton.tsx'

interface Props {
  readonly codes: readonly string[]
  readonly onKept: () => void
}

/** Shows recovery codes once. Only its button closes it. */
export function RecoveryCodes({ codes, onKept }: Props) {
  const text = `${codes.join('\n')}\n`
  return (
    <>
      <ol className="recovery-codes" data-testid="recovery-codes">
        {codes.map((code) => (
          <li key={code}>
            <code>{code}</code>
          </li>
        ))}
      </ol>
      <div className="recovery-ways">
        <CopyButton text={text} label={mfa.recovery.copyLabel} caption={mfa.recovery.copyButton} testId="copy-codes" />
        <a
          className="quiet with-caption"
          href={`data:text/plain;charset=utf-8,${encodeURIComponent(text)}`}
          download="soma-recovery-codes.txt"
          data-testid="download-codes"
        >
          <Download aria-hidden />
          <span>{mfa.recovery.downloadButton}</span>
        </a>
      </div>
      <div className="modal-actions">
        <button type="button" className="button primary" onClick={onKept} data-testid="codes-kept">
          {mfa.recovery.savedButton}
        </button>
      </div>
    </>
  )
}
