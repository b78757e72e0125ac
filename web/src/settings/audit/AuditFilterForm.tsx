import { type FormEvent, useState } from 'react'
import { settingsAudit } from '../../strings/settings-audit.ts'
import { DateInput } from '../../ui/DateInput.tsx'
import { Field } from '../../ui/Field.tsx'
import type { AuditFilter } from '../policy/policy-api.ts'

/** Shows every entry. */
export const noFilter: AuditFilter = { subject: '', action: '', outcome: '', kind: '', from: '', to: '' }

/** What the page shows first: reads that were allowed would hide the rest. */
export const firstFilter: AuditFilter = { ...noFilter, kind: 'notable' }

interface Props {
  readonly initial: AuditFilter
  readonly onFilter: (filter: AuditFilter) => void
}

/** Filters the list of entries when it is submitted. */
export function AuditFilterForm({ initial, onFilter }: Props) {
  const [draft, setDraft] = useState(initial)
  const texts = settingsAudit.filter
  const set = (more: Partial<AuditFilter>) => setDraft((before) => ({ ...before, ...more }))
  const apply = (event: FormEvent) => {
    event.preventDefault()
    // A new object, so that an unchanged filter loads again.
    onFilter({ ...draft })
  }
  return (
    <search>
      <form className="card form audit-filter" onSubmit={apply}>
        <label className="audit-wide">
          {texts.kind}
          <select value={draft.kind} onChange={(event) => set({ kind: event.target.value as AuditFilter['kind'] })}>
            <option value="notable">{texts.notable}</option>
            <option value="change">{texts.changes}</option>
            <option value="decision">{texts.decisions}</option>
            <option value="">{texts.everything}</option>
          </select>
        </label>
        <label>
          {texts.outcome}
          <select
            value={draft.outcome}
            onChange={(event) => {
              const outcome = event.target.value
              // Allowed decisions are neither changes nor refusals.
              set({ outcome, ...(outcome === 'allowed' && draft.kind === 'notable' && { kind: '' }) })
            }}
          >
            <option value="">{texts.anyOutcome}</option>
            <option value="allowed">{texts.allowed}</option>
            <option value="denied">{texts.denied}</option>
            <option value="done">{texts.done}</option>
            <option value="refused">{texts.refused}</option>
          </select>
        </label>
        <label>
          {texts.subject}
          <input
            value={draft.subject}
            onChange={(event) => set({ subject: event.target.value })}
            placeholder={texts.anySubject}
            spellCheck={false}
          />
        </label>
        <label className="audit-wide">
          {texts.action}
          <input
            value={draft.action}
            onChange={(event) => set({ action: event.target.value })}
            placeholder={texts.anyAction}
            spellCheck={false}
          />
        </label>
        <Field label={texts.from}>
          {(ids) => <DateInput {...ids} value={draft.from} max={draft.to} onChange={(from) => set({ from })} />}
        </Field>
        <Field label={texts.to}>{(ids) => <DateInput {...ids} value={draft.to} min={draft.from} onChange={(to) => set({ to })} />}</Field>
        <button type="submit" className="button" data-testid="filter">
          {texts.filterButton}
        </button>
      </form>
    </search>
  )
}
