import type { WhatIfReport } from '../../../../shared/api/what-if.ts'
import { RelativeTime } from '../../ui/RelativeTime.tsx'

/** Lists the recorded decisions that a candidate would change. */
export function Differences({ found: { differences } }: { readonly found: WhatIfReport }) {
  if (differences.length === 0) return null
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard must be able to scroll it
    <section className="data-table" tabIndex={0} aria-label="Differences">
      <table>
        <thead>
          <tr>
            <th>When</th>
            <th>Who</th>
            <th>Action</th>
            <th>On</th>
            <th>Then</th>
            <th>Now</th>
          </tr>
        </thead>
        <tbody>
          {differences.map(({ seq, at, subject, action, target, was, would }) => (
            <tr key={seq}>
              <td>
                <RelativeTime at={at} />
              </td>
              <td>{subject}</td>
              <td>
                <code>{action}</code>
              </td>
              <td>{target || '—'}</td>
              <td>{outcome(was)}</td>
              <td>{outcome(would)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

const outcome = (allowed: boolean) => <span className={allowed ? 'tag good' : 'tag bad'}>{allowed ? 'allowed' : 'denied'}</span>
