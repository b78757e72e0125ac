import { Fragment, useState } from 'react'
import type { AuditEntry } from '../../../../shared/api/audit.ts'
import { RelativeTime } from '../../ui/RelativeTime.tsx'
import { ScrollBox } from '../../ui/ScrollBox.tsx'

const good = new Set(['allowed', 'done'])

/** A table of entries. Each opens to its JSON. */
export function AuditEntries({ entries }: { readonly entries: readonly AuditEntry[] }) {
  const [opened, setOpened] = useState<number | null>(null)
  return (
    <ScrollBox as="section" className="data-table" aria-label="Entries">
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
                <td className="audit-target">{entry.target || <span className="faint">the workspace</span>}</td>
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
                    <ScrollBox as="pre" data-testid="audit-entry">
                      {JSON.stringify(entry, null, 2)}
                    </ScrollBox>
                  </td>
                </tr>
              )}
            </Fragment>
          ))}
        </tbody>
      </table>
    </ScrollBox>
  )
}
