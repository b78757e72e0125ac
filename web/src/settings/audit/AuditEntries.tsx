import './audit.css'
import { ChevronRight } from 'lucide-react'
import { Fragment, useMemo, useState } from 'react'
import type { AuditEntry } from '../../../../shared/api/audit.ts'
import { textFor } from '../../strings/area.ts'
import { settingsAudit } from '../../strings/settings-audit.ts'
import { formatDateSeconds, formatRelativeTime, isoDate } from '../../ui/format-date.ts'
import { ScrollBox } from '../../ui/ScrollBox.tsx'
import { groupRepeats } from './repeats.ts'

const bad = new Set(['denied', 'refused'])
/** Entries of one group that are shown in full. */
const shownEntries = 20

/** A table of entries, with repeats in one row. Each row opens to the JSON of its entries. */
export function AuditEntries({ entries }: { readonly entries: readonly AuditEntry[] }) {
  const texts = settingsAudit.table
  const [opened, setOpened] = useState<number | null>(null)
  const groups = useMemo(() => groupRepeats(entries), [entries])
  return (
    <ScrollBox as="section" className="data-table" aria-label={texts.label}>
      <table data-testid="audit">
        <thead>
          <tr>
            <th aria-label={texts.details} />
            <th>{texts.time}</th>
            <th>{texts.outcome}</th>
            <th>{texts.subject}</th>
            <th>{texts.action}</th>
            <th>{texts.target}</th>
          </tr>
        </thead>
        <tbody>
          {groups.map(([entry, ...repeats]) => {
            if (entry === undefined) return null
            const isOpen = opened === entry.seq
            const toggle = () => setOpened(isOpen ? null : entry.seq)
            return (
              <Fragment key={entry.seq}>
                {/* The button in the row does the same by keyboard. */}
                <tr className="audit-row" data-open={isOpen} onClick={toggle}>
                  <td>
                    <button
                      type="button"
                      className="quiet icon audit-toggle"
                      aria-expanded={isOpen}
                      aria-label={texts.detailsOf({ seq: entry.seq })}
                      onClick={(event) => {
                        event.stopPropagation()
                        toggle()
                      }}
                    >
                      <ChevronRight aria-hidden />
                    </button>
                  </td>
                  <td>
                    <time dateTime={isoDate(entry.at)} title={formatRelativeTime(entry.at)}>
                      {formatDateSeconds(entry.at)}
                    </time>
                  </td>
                  <td>
                    <span className={bad.has(entry.outcome) ? 'tag bad' : 'audit-outcome'}>
                      {textFor(settingsAudit.outcomes, entry.outcome) ?? entry.outcome}
                    </span>
                  </td>
                  <td>{entry.subject}</td>
                  <td>
                    <code>{entry.action}</code>
                    {repeats.length > 0 && (
                      <span className="audit-times" title={texts.since({ time: formatDateSeconds(repeats.at(-1)?.at ?? entry.at) })}>
                        {' '}
                        × {repeats.length + 1}
                      </span>
                    )}
                  </td>
                  <td className="audit-target">{entry.target || <span className="faint">{texts.workspace}</span>}</td>
                </tr>
                {isOpen && (
                  <tr>
                    <td colSpan={6}>
                      <ScrollBox as="pre" data-testid="audit-entry">
                        {[entry, ...repeats.slice(0, shownEntries - 1)].map((one) => JSON.stringify(one, null, 2)).join('\n')}
                      </ScrollBox>
                    </td>
                  </tr>
                )}
              </Fragment>
            )
          })}
        </tbody>
      </table>
    </ScrollBox>
  )
}
