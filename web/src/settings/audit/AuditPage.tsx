import '../policy/policy.css'
import { Download } from 'lucide-react'
import { useCallback, useEffect, useState } from 'react'
import type { AuditEntry } from '../../../../shared/api/audit.ts'
import { Async } from '../../ui/Async.tsx'
import { Empty } from '../../ui/Empty.tsx'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { Page } from '../../ui/Page.tsx'
import { useAction } from '../../ui/use-action.ts'
import { useLoad } from '../../ui/use-load.ts'
import { readAudit } from '../policy/policy-api.ts'
import { AuditChain } from './AuditChain.tsx'
import { AuditEntries } from './AuditEntries.tsx'
import { AuditFilterForm, firstFilter } from './AuditFilterForm.tsx'

/** Lists decisions and changes, newest first, and verifies their hash chain. */
export default function AuditPage() {
  const [filter, setFilter] = useState(firstFilter)
  const load = useCallback(() => readAudit(filter), [filter])
  const page = useLoad(load)
  const [older, setOlder] = useState<readonly AuditEntry[]>([])
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
      const page = await readAudit(filter, next)
      setOlder((before) => [...before, ...page.entries])
      setNext(page.next_before)
    })
  const entries = [...(first?.entries ?? []), ...older]
  const filtered = filter.subject + filter.action + filter.outcome + filter.from + filter.to !== ''
  const exported = (
    <a className="button" href="/v1/audit/export" download="audit.ndjson" data-testid="export-audit">
      <Download aria-hidden /> Export
    </a>
  )
  return (
    <Page
      title="Audit"
      lead="Every decision and every change in this workspace, newest first. A chain of hashes shows whether an entry was changed."
      action={exported}
    >
      {first && <AuditChain head={first.head} />}
      <AuditFilterForm onFilter={setFilter} />
      <Async load={page}>
        {() =>
          entries.length > 0 ? (
            <AuditEntries entries={entries} />
          ) : (
            <Empty title={filtered ? 'No entries match' : 'Nothing yet'}>
              {filtered ? 'Clear a field, or show everything.' : 'Changes and refusals appear here. Choose “Everything” for all decisions.'}
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
