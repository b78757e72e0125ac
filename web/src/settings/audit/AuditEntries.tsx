import { Fragment, useState } from 'react'
import type { AuditEntry } from '../../../../shared/api/audit.ts'
import { RelativeTime } from '../../ui/RelativeTime.tsx'

const good = new Set(['allowed', 'done'])

/** A table of entries. Each opens to its JSON. */
export function AuditEntries({ entries }: { readonly entries: readonly AuditEntry[] }) {
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
