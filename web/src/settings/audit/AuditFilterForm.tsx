import { type FormEvent, useState } from 'react'
import type { AuditFilter } from '../policy/policy-api.ts'

/** What the page shows first: reads that were allowed would hide the rest. */
export const firstFilter: AuditFilter = { subject: '', action: '', outcome: '', kind: 'notable', from: '', to: '' }

/** Filters the list of entries when it is submitted. */
export function AuditFilterForm({ onFilter }: { readonly onFilter: (filter: AuditFilter) => void }) {
  const [draft, setDraft] = useState(firstFilter)
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
          Show
          <select value={draft.kind} onChange={(event) => set({ kind: event.target.value as AuditFilter['kind'] })}>
            <option value="notable">Changes and refusals</option>
            <option value="change">Changes</option>
            <option value="decision">Decisions</option>
            <option value="">Everything</option>
          </select>
        </label>
        <label>
          Outcome
          <select
            value={draft.outcome}
            onChange={(event) => {
              const outcome = event.target.value
              // Allowed decisions are neither changes nor refusals.
              set({ outcome, ...(outcome === 'allowed' && draft.kind === 'notable' && { kind: '' }) })
            }}
          >
            <option value="">Any</option>
            <option value="allowed">Allowed</option>
            <option value="denied">Denied</option>
            <option value="done">Done</option>
            <option value="refused">Refused</option>
          </select>
        </label>
        <label>
          Who
          <input value={draft.subject} onChange={(event) => set({ subject: event.target.value })} placeholder="Anyone" spellCheck={false} />
        </label>
        <label className="audit-wide">
          Action
          <input
            value={draft.action}
            onChange={(event) => set({ action: event.target.value })}
            placeholder="Any, such as session.read"
            spellCheck={false}
          />
        </label>
        <label>
          From
          <input type="date" value={draft.from} max={draft.to || undefined} onChange={(event) => set({ from: event.target.value })} />
        </label>
        <label>
          To
          <input type="date" value={draft.to} min={draft.from || undefined} onChange={(event) => set({ to: event.target.value })} />
        </label>
        <button type="submit" className="button" data-testid="filter">
          Filter
        </button>
      </form>
    </search>
  )
}
