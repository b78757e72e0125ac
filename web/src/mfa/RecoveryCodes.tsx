import { Download } from 'lucide-react'
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
        <CopyButton text={text} label="Copy the recovery codes" caption="Copy" testId="copy-codes" />
        <a
          className="quiet with-caption"
          href={`data:text/plain;charset=utf-8,${encodeURIComponent(text)}`}
          download="soma-recovery-codes.txt"
          data-testid="download-codes"
        >
          <Download aria-hidden />
          <span>Download</span>
        </a>
      </div>
      <div className="modal-actions">
        <button type="button" className="button primary" onClick={onKept} data-testid="codes-kept">
          I have saved them
        </button>
      </div>
    </>
  )
}

export const keepCodesText =
  'Each code replaces your app once, if you lose it. They are shown only once: keep them where you keep passwords.'
