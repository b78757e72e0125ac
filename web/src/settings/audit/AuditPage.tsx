import '../policy/policy.css'
import { Download } from 'lucide-react'
import { type FormEvent, Fragment, useCallback, useEffect, useState } from 'react'
import type { ChainedEntry } from '../../../../shared/audit/entry.ts'
import { Async } from '../../ui/Async.tsx'
import { Empty } from '../../ui/Empty.tsx'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { Page } from '../../ui/Page.tsx'
import { RelativeTime } from '../../ui/RelativeTime.tsx'
import { useAction } from '../../ui/use-action.ts'
import { useLoad } from '../../ui/use-load.ts'
import { type AuditFilter, readAudit } from '../policy/policy-api.ts'
import { AuditChain } from './AuditChain.tsx'

const noFilter: AuditFilter = { subject: '', action: '', outcome: '', kind: '' }

/** Lists decisions and changes, newest first, and verifies their hash chain. */
export default function AuditPage() {
  const [filter, setFilter] = useState(noFilter)
  const load = useCallback(() => readAudit(filter), [filter])
  const page = useLoad(load)
  const [older, setOlder] = useState<readonly ChainedEntry[]>([])
  const [next, setNext] = useState<number | null>(null)
  const { busy, error, run } = useAction()
  const first = page.value
  useEffect(() => {
    setOlder([])
    setNext(first?.next_before ?? null)
  }, [first])
  const more = () =>
    run(async () => {
      if (next === null) return
      const found = await readAudit(filter, next)
      setOlder((before) => [...before, ...found.entries])
      setNext(found.next_before)
    })
  const entries = [...(first?.entries ?? []), ...older]
  const filtered = Object.values(filter).some((value) => value !== '')
  const exported = (
    <a className="button" href="/v1/audit/export" download="audit.ndjson" data-testid="export-audit">
      <Download aria-hidden /> Export
    </a>
  )
  return (
    <Page
      title="Audit"
      lead="Every decision and every change in this tenant, each chained to the one before by its hash."
      action={exported}
    >
      {first && <AuditChain head={first.head} />}
      <Filter onFilter={setFilter} />
      <Async load={page}>
        {() =>
          entries.length > 0 ? (
            <Entries entries={entries} />
          ) : (
            <Empty title={filtered ? 'Nothing fits' : 'Nothing yet'}>
              {filtered ? 'Leave a field empty to see more.' : 'As soon as somebody asks for something, it stands here.'}
            </Empty>
          )
        }
      </Async>
      <ErrorNotice error={error} />
      {next !== null && (
        <div>
          <button type="button" className="button" disabled={busy} onClick={() => void more()} data-testid="older">
            {busy ? 'Loading…' : 'Older'}
          </button>
        </div>
      )}
    </Page>
  )
}

function Filter({ onFilter }: { readonly onFilter: (filter: AuditFilter) => void }) {
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

const good = new Set(['allowed', 'done'])

function Entries({ entries }: { readonly entries: readonly ChainedEntry[] }) {
  const [opened, setOpened] = useState<number | null>(null)
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard must be able to scroll it
    <section className="data-table" tabIndex={0} aria-label="Entries">
      <table data-testid="audit">
        <thead>
          <tr>
            <th>When</th>
            <th>Outcome</th>
            <th>Who</th>
            <th>Action</th>
            <th>On</th>
            <th>
              <span className="visually-hidden">Details</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {entries.map((entry) => (
            <Fragment key={entry.seq}>
              <tr>
                <td>
                  <RelativeTime at={entry.at} />
                </td>
                <td>
                  <span className={good.has(entry.outcome) ? 'tag good' : 'tag bad'}>{entry.outcome}</span>
                </td>
                <td>{entry.subject}</td>
                <td>
                  <code>{entry.action}</code>
                </td>
                <td className="audit-target">{entry.target || <span className="faint">the tenant</span>}</td>
                <td>
                  <button
                    type="button"
                    className="button small"
                    aria-expanded={opened === entry.seq}
                    aria-label={`Details of entry ${entry.seq}`}
                    onClick={() => setOpened(opened === entry.seq ? null : entry.seq)}
                  >
                    {opened === entry.seq ? 'Hide' : 'Show'}
                  </button>
                </td>
              </tr>
              {opened === entry.seq && (
                <tr>
                  <td colSpan={6}>
                    {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard must be able to scroll it */}
                    <pre data-testid="audit-entry" tabIndex={0}>
                      {JSON.stringify(entry, null, 2)}
                    </pre>
                  </td>
                </tr>
              )}
            </Fragment>
          ))}
        </tbody>
      </table>
    </section>
  )
}
