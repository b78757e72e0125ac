import '../policy/policy.css'
import { Download } from 'lucide-react'
import { type FormEvent, Fragment, useCallback, useEffect, useState } from 'react'
import type { ChainedEntry } from '../../../../shared/audit/entry.ts'
import { Moment } from '../../ui/Moment.tsx'
import { Empty, Failed, FailureNotice, Page } from '../../ui/parts.tsx'
import { useAttempt, useLoad } from '../../ui/use-load.ts'
import { type AuditFilter, readAudit } from '../policy/policy-api.ts'
import { AuditChain } from './AuditChain.tsx'

const none: AuditFilter = { subject: '', action: '', outcome: '', kind: '' }

/** What was decided and changed, the newest first. */
export default function AuditPage() {
  const [filter, setFilter] = useState(none)
  const ask = useCallback(() => readAudit(filter), [filter])
  const [page, again] = useLoad(ask)
  const [older, setOlder] = useState<readonly ChainedEntry[]>([])
  const [next, setNext] = useState<number | null>(null)
  const { busy, trouble, attempt } = useAttempt()
  const first = page.kind === 'ready' ? page.value : null
  useEffect(() => {
    setOlder([])
    setNext(first?.next_before ?? null)
  }, [first])
  const more = () =>
    attempt(async () => {
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
      {page.kind === 'failed' && <Failed trouble={page.trouble} again={() => void again()} />}
      {first && entries.length === 0 && (
        <Empty title={filtered ? 'Nothing fits' : 'Nothing yet'}>
          {filtered ? 'Leave a field empty to see more.' : 'As soon as somebody asks for something, it stands here.'}
        </Empty>
      )}
      {entries.length > 0 && <Entries entries={entries} />}
      <FailureNotice trouble={trouble} />
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
  const [asked, setAsked] = useState(none)
  const set = (more: Partial<AuditFilter>) => setAsked((before) => ({ ...before, ...more }))
  const apply = (event: FormEvent) => {
    event.preventDefault()
    // A new object each time: the same question is asked again.
    onFilter({ ...asked })
  }
  return (
    <search>
      <form className="admin-form audit-filter" onSubmit={apply}>
        <label>
          Who
          <input value={asked.subject} onChange={(event) => set({ subject: event.target.value })} placeholder="anyone" spellCheck={false} />
        </label>
        <label>
          Action
          <input
            value={asked.action}
            onChange={(event) => set({ action: event.target.value })}
            placeholder="any, e.g. session.read"
            spellCheck={false}
          />
        </label>
        <label>
          Outcome
          <select value={asked.outcome} onChange={(event) => set({ outcome: event.target.value })}>
            <option value="">any</option>
            <option>allowed</option>
            <option>denied</option>
            <option>done</option>
            <option>refused</option>
          </select>
        </label>
        <label>
          What
          <select value={asked.kind} onChange={(event) => set({ kind: event.target.value as AuditFilter['kind'] })}>
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
    <section className="admin-table" tabIndex={0} aria-label="Entries">
      <table data-testid="audit">
        <thead>
          <tr>
            <th>When</th>
            <th>Outcome</th>
            <th>Who</th>
            <th>Action</th>
            <th>On</th>
            <th>
              <span className="unseen">Details</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {entries.map((entry) => (
            <Fragment key={entry.seq}>
              <tr>
                <td>
                  <Moment at={entry.at} />
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
