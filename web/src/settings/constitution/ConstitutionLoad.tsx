import { Check, X } from 'lucide-react'
import { useState } from 'react'
import type { ActiveConstitution, ConstitutionUpload, ConstitutionValidation } from '../../../../shared/api/constitution.ts'
import { showToast } from '../../state/toast.ts'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { FileField } from '../../ui/FileField.tsx'
import { useAction } from '../../ui/use-action.ts'
import { Differences } from '../policy/Differences.tsx'
import { loadConstitution, validateConstitution } from './constitution-api.ts'

const dayMs = 86_400_000

/** Checks a document, and loads it if it is valid and signed. Checking changes nothing. */
export function ConstitutionLoad({ now, reload }: { readonly now: ActiveConstitution; readonly reload: () => Promise<void> }) {
  const [text, setText] = useState('')
  const [parseError, setParseError] = useState('')
  const [checked, setChecked] = useState<{ readonly upload: ConstitutionUpload; readonly answer: ConstitutionValidation } | null>(null)
  const { busy, error, run } = useAction()
  const editText = (to: string) => {
    setText(to)
    setChecked(null)
    setParseError('')
  }
  const check = () => {
    const upload = parseDocument(text)
    if (upload === null)
      return setParseError('This is not JSON: paste the document, or the file that npm run constitution -- FILE --out wrote.')
    void run(async () => setChecked({ upload, answer: await validateConstitution(upload, Date.now() - dayMs) }))
  }
  const load = (upload: ConstitutionUpload) =>
    run(async () => {
      const { version } = await loadConstitution(upload)
      showToast(`Version ${version} is active within two seconds`)
      editText('')
      await reload()
    })
  const loadable = checked?.answer.valid && checked.upload.signature !== undefined ? checked.upload : null
  return (
    <section className="card" aria-label="Load another">
      <h2>{now.version === 0 ? 'Load one' : 'Load another'}</h2>
      <p className="lead">
        {now.takes ? (
          <>
            Paste a document, or the signed file of <code>npm run constitution -- FILE --out SIGNED</code>. Checking changes nothing.
          </>
        ) : (
          <>
            No signing key is configured yet: set <code>SOMA_POLICY_KEYS</code>. You can already check a document.
          </>
        )}
      </p>
      <div className="form">
        <label>
          Constitution, as JSON
          <textarea
            value={text}
            onChange={(event) => editText(event.target.value)}
            rows={10}
            spellCheck={false}
            autoComplete="off"
            placeholder={`{"name": "…", "version": ${now.version + 1}, "principles": [], "rules": [], "tests": []}`}
            data-testid="constitution-text"
          />
        </label>
        <FileField
          label="Or a file"
          accept=".json,application/json"
          onChoose={(file) => void file?.text().then(editText)}
          testId="constitution-file"
        />
        <div className="form-actions">
          <button type="button" className="button" onClick={check} disabled={busy || text.trim() === ''} data-testid="check-constitution">
            {busy ? 'One moment…' : 'Check'}
          </button>
          <button
            type="button"
            className="button primary"
            onClick={() => loadable && void load(loadable)}
            disabled={busy || !loadable}
            data-testid="load-constitution"
          >
            Load
          </button>
        </div>
      </div>
      <ErrorNotice error={error ?? (parseError === '' ? null : { title: 'Not checked', detail: parseError, reference: '' })} />
      <div role="status" data-testid="checked">
        {checked && <Verdict answer={checked.answer} signed={checked.upload.signature !== undefined} />}
      </div>
      {checked?.answer.what_if && <Differences found={checked.answer.what_if} />}
    </section>
  )
}

function Verdict({
  answer: { valid, version, problems, what_if },
  signed,
}: {
  readonly answer: ConstitutionValidation
  readonly signed: boolean
}) {
  if (!valid)
    return (
      <>
        <p className="verdict denied">
          <X aria-hidden />
          <strong>
            It would be refused: {problems.length} {problems.length === 1 ? 'problem' : 'problems'}
          </strong>
        </p>
        <ul className="explained constitution-problems">
          {problems.map(({ pointer, detail }) => (
            <li key={`${pointer} ${detail}`}>
              <code>{pointer || 'the document'}</code>
              <span>{detail}</span>
            </li>
          ))}
        </ul>
      </>
    )
  return (
    <p className="verdict allowed">
      <Check aria-hidden />
      <strong>{signed ? `Version ${version} can be loaded` : `Version ${version} is sound; sign it to load it`}</strong>
      {what_if && <span className="constitution-would">{whatIfText(what_if)}</span>}
    </p>
  )
}

const format = new Intl.NumberFormat()

function whatIfText({ asked, closed, opened, skipped }: NonNullable<ConstitutionValidation['what_if']>): string {
  const skippedNote = skipped > 0 ? ` ${format.format(skipped)} depended on message texts, which the trail does not store.` : ''
  if (asked === 0) return `The last day has no other decisions.${skippedNote}`
  return `Of ${format.format(asked)} decisions of the last day, it would have denied ${format.format(closed)} allowed ones and allowed ${format.format(opened)} denied ones.${skippedNote}`
}

/** Parses a document, signed or not. Null when the text is not JSON. */
function parseDocument(text: string): ConstitutionUpload | null {
  try {
    const json: unknown = JSON.parse(text)
    if (typeof json === 'object' && json !== null && 'constitution' in json && 'signature' in json && typeof json.signature === 'string')
      return { constitution: json.constitution, signature: json.signature }
    return { constitution: json }
  } catch {
    return null
  }
}
