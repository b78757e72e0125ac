import { type FormEvent, useState } from 'react'
import type { WhatIfReport } from '../../../../shared/api/what-if.ts'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { FileField } from '../../ui/FileField.tsx'
import { useAction } from '../../ui/use-action.ts'
import { Differences } from './Differences.tsx'
import { tryPolicy } from './policy-api.ts'

const periods = [
  { label: 'the last hour', ms: 3_600_000 },
  { label: 'the last day', ms: 86_400_000 },
  { label: 'the last week', ms: 604_800_000 },
  { label: 'all time', ms: null },
] as const

/** Replays recorded decisions against another policy, and shows which ones would differ. */
export function PolicyWhatIf() {
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
      if (!candidate)
        return setParseError('This file contains no plan. Choose the plan.json of opa build -t plan, or a bundle that contains one.')
      const { ms } = periods[period] ?? periods[0]
      setFound(await tryPolicy({ ...candidate, ...(ms === null ? {} : { from: Date.now() - ms }) }))
    })
  }
  return (
    <section className="card" aria-label="What if">
      <h2>What if another policy had decided?</h2>
      <p className="lead">
        Choose a compiled plan. Recorded decisions are evaluated again with it, and you see the differences. Nothing changes.
      </p>
      <form className="form form-fields" onSubmit={evaluate}>
        <FileField label="Plan" accept=".json,application/json" onChoose={setFile} testId="candidate" required />
        <label>
          Over the decisions of
          <select value={period} onChange={(event) => setPeriod(Number(event.target.value))}>
            {periods.map(({ label }, index) => (
              <option key={label} value={index}>
                {label}
              </option>
            ))}
          </select>
        </label>
        <div className="form-actions wide">
          <button type="submit" className="button" disabled={busy || file === null} data-testid="what-if">
            {busy ? 'Deciding again…' : 'Decide again'}
          </button>
        </div>
      </form>
      <ErrorNotice error={error ?? (parseError === '' ? null : { title: 'Not evaluated', detail: parseError, reference: '' })} />
      <div role="status" data-testid="what-if-answer">
        {found && <Summary found={found} />}
      </div>
      {found && <Differences found={found} />}
    </section>
  )
}

const format = new Intl.NumberFormat()

function Summary({ found: { asked, skipped, opened, closed, failed, failure, next_before } }: { readonly found: WhatIfReport }) {
  const olderNote = next_before === null ? '' : ' Older decisions were not evaluated.'
  const skippedNote = skipped === 0 ? '' : ` ${format.format(skipped)} depended on message texts, which the trail does not store.`
  const failureNote = failed > 0 ? ` It failed on ${format.format(failed)} decisions, which count as denied: ${failure}.` : ''
  if (asked === 0) return <p className="notice">No decisions were recorded in that time.{skippedNote}</p>
  return (
    <p className="notice">
      Of {format.format(asked)} decisions it would have allowed <strong>{format.format(opened)}</strong> that were denied, and denied{' '}
      <strong>{format.format(closed)}</strong> that were allowed.{skippedNote}
      {failureNote}
      {olderNote}
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
