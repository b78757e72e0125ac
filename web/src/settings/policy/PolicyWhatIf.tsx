import { type FormEvent, useState } from 'react'
import type { WhatIfReport } from '../../../../shared/api/what-if.ts'
import { formatNumber } from '../../strings/format.ts'
import { insert } from '../../strings/insert.ts'
import { settingsPolicy } from '../../strings/settings-policy.ts'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { FileField } from '../../ui/FileField.tsx'
import { useAction } from '../../ui/use-action.ts'
import { Differences } from './Differences.tsx'
import { tryPolicy } from './policy-api.ts'

const periods = [
  { text: 'lastHour', ms: 3_600_000 },
  { text: 'lastDay', ms: 86_400_000 },
  { text: 'lastWeek', ms: 604_800_000 },
  { text: 'allTime', ms: null },
] as const

/** Replays recorded decisions against another policy, and shows which ones would differ. */
export function PolicyWhatIf() {
  const texts = settingsPolicy.whatIf
  const [file, setFile] = useState<File | null>(null)
  const [period, setPeriod] = useState(1)
  const [found, setFound] = useState<WhatIfReport | null>(null)
  const { busy, error, run } = useAction()
  const [parseError, setParseError] = useState('')
  const evaluate = (event: FormEvent) => {
    event.preventDefault()
    setParseError('')
    setFound(null)
    void run(async () => {
      const candidate = await planIn(file)
      if (!candidate) return setParseError(texts.noPlan)
      const { ms } = periods[period] ?? periods[0]
      setFound(await tryPolicy({ ...candidate, ...(ms === null ? {} : { from: Date.now() - ms }) }))
    })
  }
  return (
    <section className="card" aria-label={texts.label}>
      <h2>{texts.title}</h2>
      <p className="lead">{texts.lead}</p>
      <form className="form form-fields" onSubmit={evaluate}>
        <FileField
          label={texts.plan}
          hint={texts.planHint}
          accept=".json,application/json"
          onChoose={setFile}
          testId="candidate"
          required
        />
        <label>
          {texts.period}
          <select value={period} onChange={(event) => setPeriod(Number(event.target.value))}>
            {periods.map(({ text }, index) => (
              <option key={text} value={index}>
                {texts[text]}
              </option>
            ))}
          </select>
        </label>
        <div className="form-actions wide">
          <button type="submit" className="button" disabled={busy || file === null} data-testid="what-if">
            {busy ? texts.busyButton : texts.evaluateButton}
          </button>
        </div>
      </form>
      <ErrorNotice error={error ?? (parseError === '' ? null : { title: texts.notEvaluated, detail: parseError, reference: '' })} />
      <div role="status" data-testid="what-if-answer">
        {found && <Summary found={found} />}
      </div>
      {found && <Differences found={found} />}
    </section>
  )
}

function Summary({ found: { asked, skipped, opened, closed, failed, failure, next_before } }: { readonly found: WhatIfReport }) {
  const texts = settingsPolicy.whatIf
  const notes = [
    skipped > 0 && texts.skipped({ count: formatNumber(skipped) }),
    failed > 0 && texts.failed({ count: formatNumber(failed), error: failure ?? '' }),
    next_before !== null && texts.older,
  ].filter((note) => note !== false)
  const summary =
    asked === 0
      ? texts.none
      : insert(texts.summary, {
          asked: formatNumber(asked),
          opened: <strong>{formatNumber(opened)}</strong>,
          closed: <strong>{formatNumber(closed)}</strong>,
        })
  return (
    <p className="notice">
      {summary} {notes.join(' ')}
    </p>
  )
}

async function planIn(file: File | null): Promise<{ plan: unknown; data?: unknown } | null> {
  try {
    const json: unknown = JSON.parse((await file?.text()) ?? '')
    if (typeof json !== 'object' || json === null) return null
    if ('plans' in json) return { plan: json }
    if ('plan' in json) return { plan: json.plan, ...('data' in json ? { data: json.data } : {}) }
    return null
  } catch {
    return null
  }
}
