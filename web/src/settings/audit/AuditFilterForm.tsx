import { type FormEvent, useState } from 'react'
import type { AuditFilter } from '../policy/policy-api.ts'

/** Matches every entry. */
export const noFilter: AuditFilter = { subject: '', action: '', outcome: '', kind: '' }

/** Filters the list of entries when it is submitted. */
export function AuditFilterForm({ onFilter }: { readonly onFilter: (filter: AuditFilter) => void }) {
  const [draft, setDraft] = useState(noFilter)
  const set = (more: Partial<AuditFilter>) => setDraft((before) => ({ ...before, ...more }))
  const apply = (event: FormEvent) => {
    event.preventDefault()
    // A new object, so that an unchanged filter loads again.
    onFilter({ ...draft })
  }
  return (
    <search>
      <form className="form audit-filter" onSubmit={apply}>
        <label>
          Who
          <input value={draft.subject} onChange={(event) => set({ subject: event.target.value })} placeholder="anyone" spellCheck={false} />
        </label>
        <label>
          Action
          <input
            value={draft.action}
            onChange={(event) => set({ action: event.target.value })}
            placeholder="any, e.g. session.read"
            spellCheck={false}
          />
        </label>
        <label>
          Outcome
          <select value={draft.outcome} onChange={(event) => set({ outcome: event.target.value })}>
            <option value="">any</option>
            <option>allowed</option>
            <option>denied</option>
            <option>done</option>
            <option>refused</option>
          </select>
        </label>
        <label>
          What
          <select value={draft.kind} onChange={(event) => set({ kind: event.target.value as AuditFilter['kind'] })}>
            <option value="">all</option>
            <option value="decision">decisions</option>
            <option value="change">changes</option>
          </select>
        </label>
        <button type="submit" className="button" data-testid="filter">
          Show
        </button>
      </form>
    </search>
  )
}
