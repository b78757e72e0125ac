import { Check, X } from 'lucide-react'
import { useState } from 'react'
import type { ActiveConstitution, ConstitutionUpload, ConstitutionValidation } from '../../../../shared/api/constitution.ts'
import { showToast } from '../../state/toast.ts'
import { formatNumber } from '../../strings/format.ts'
import { insert } from '../../strings/insert.ts'
import { settingsConstitution } from '../../strings/settings-constitution.ts'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { FileField } from '../../ui/FileField.tsx'
import { useAction } from '../../ui/use-action.ts'
import { Differences } from '../policy/Differences.tsx'
import { loadConstitution, validateConstitution } from './constitution-api.ts'

const dayMs = 86_400_000

/** Checks a document, and loads it if it is valid and signed. Checking changes nothing. */
export function ConstitutionLoad({ now, reload }: { readonly now: ActiveConstitution; readonly reload: () => Promise<void> }) {
  const texts = settingsConstitution.load
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
    if (upload === null) return setParseError(texts.notJson)
    void run(async () => setChecked({ upload, answer: await validateConstitution(upload, Date.now() - dayMs) }))
  }
  const load = (upload: ConstitutionUpload) =>
    run(async () => {
      const { version } = await loadConstitution(upload)
      showToast(texts.loadedNotice({ version }))
      editText('')
      await reload()
    })
  const loadable = checked?.answer.valid && checked.upload.signature !== undefined ? checked.upload : null
  return (
    <section className="card" aria-label={texts.label}>
      <h2>{now.version === 0 ? texts.firstTitle : texts.title}</h2>
      <p className="lead">
        {now.takes
          ? insert(texts.lead, { command: <code>npm run constitution -- FILE --out SIGNED</code> })
          : insert(texts.noSigningKey, { variable: <code>SOMA_POLICY_KEYS</code> })}
      </p>
      <div className="form">
        <label>
          {texts.text}
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
          label={texts.file}
          accept=".json,application/json"
          onChoose={(file) => void file?.text().then(editText)}
          testId="constitution-file"
        />
        <div className="form-actions">
          <button type="button" className="button" onClick={check} disabled={busy || text.trim() === ''} data-testid="check-constitution">
            {busy ? texts.busyButton : texts.checkButton}
          </button>
          <button
            type="button"
            className="button primary"
            onClick={() => loadable && void load(loadable)}
            disabled={busy || !loadable}
            data-testid="load-constitution"
          >
            {texts.loadButton}
          </button>
        </div>
      </div>
      <ErrorNotice error={error ?? (parseError === '' ? null : { title: texts.notChecked, detail: parseError, reference: '' })} />
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
  const texts = settingsConstitution.load
  if (!valid || version === null)
    return (
      <>
        <p className="verdict denied">
          <X aria-hidden />
          <strong>{texts.refused({ count: problems.length })}</strong>
        </p>
        <ul className="explained constitution-problems">
          {problems.map(({ pointer, detail }) => (
            <li key={`${pointer} ${detail}`}>
              <code>{pointer || texts.wholeDocument}</code>
              <span>{detail}</span>
            </li>
          ))}
        </ul>
      </>
    )
  return (
    <p className="verdict allowed">
      <Check aria-hidden />
      <strong>{signed ? texts.loadable({ version }) : texts.unsigned({ version })}</strong>
      {what_if && <span className="constitution-would">{whatIfText(what_if)}</span>}
    </p>
  )
}

function whatIfText({ asked, closed, opened, skipped }: NonNullable<ConstitutionValidation['what_if']>): string {
  const texts = settingsConstitution.load
  const effect =
    asked === 0
      ? texts.noDecisions
      : texts.effect({ asked: formatNumber(asked), closed: formatNumber(closed), opened: formatNumber(opened) })
  return skipped === 0 ? effect : `${effect} ${texts.skipped({ count: formatNumber(skipped) })}`
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
