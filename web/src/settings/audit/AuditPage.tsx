import '../policy/policy.css'
import { Download } from 'lucide-react'
import { useCallback, useEffect, useState } from 'react'
import type { AuditEntry } from '../../../../shared/api/audit.ts'
import { settings } from '../../strings/settings.ts'
import { settingsAudit } from '../../strings/settings-audit.ts'
import { Async } from '../../ui/Async.tsx'
import { Empty } from '../../ui/Empty.tsx'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { Page } from '../../ui/Page.tsx'
import { useAction } from '../../ui/use-action.ts'
import { useLoad } from '../../ui/use-load.ts'
import { readAudit } from '../policy/policy-api.ts'
import { AuditChain } from './AuditChain.tsx'
import { AuditEntries } from './AuditEntries.tsx'
import { AuditFilterForm, firstFilter, noFilter } from './AuditFilterForm.tsx'

/** Lists decisions and changes, newest first, and verifies their hash chain. */
export default function AuditPage() {
  const texts = settingsAudit.page
  const [filter, setFilter] = useState(firstFilter)
  /** Counts the resets of the form, which then starts from `filter`. */
  const [resets, setResets] = useState(0)
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
      <Download aria-hidden /> {texts.exportButton}
    </a>
  )
  const showAllButton = (
    <button
      type="button"
      className="button"
      onClick={() => {
        setFilter({ ...noFilter })
        setResets((before) => before + 1)
      }}
    >
      {texts.showAllButton}
    </button>
  )
  return (
    <Page title={texts.title} lead={texts.lead} action={exported}>
      {first && <AuditChain head={first.head} />}
      <AuditFilterForm key={resets} initial={filter} onFilter={setFilter} />
      <Async load={page}>
        {() =>
          entries.length > 0 ? (
            <AuditEntries entries={entries} />
          ) : (
            <Empty title={filtered ? texts.noMatchTitle : texts.emptyTitle} action={showAllButton}>
              {filtered ? texts.noMatchText : texts.emptyText}
            </Empty>
          )
        }
      </Async>
      <ErrorNotice error={error} />
      {next !== null && (
        <div>
          <button type="button" className="button" disabled={busy} onClick={() => void more()} data-testid="older">
            {busy ? settings.buttons.loading : texts.olderButton}
          </button>
        </div>
      )}
    </Page>
  )
}
