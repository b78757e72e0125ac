import type { WhatIfReport } from '../../../../shared/api/what-if.ts'
import { RelativeTime } from '../../ui/RelativeTime.tsx'
import { ScrollBox } from '../../ui/ScrollBox.tsx'

/** Lists the recorded decisions that a candidate would change. */
export function Differences({ found: { differences } }: { readonly found: WhatIfReport }) {
  if (differences.length === 0) return null
  return (
    <ScrollBox as="section" className="data-table" aria-label="Differences">
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
    </ScrollBox>
  )
}

const outcome = (allowed: boolean) => <span className={allowed ? 'tag good' : 'tag bad'}>{allowed ? 'allowed' : 'denied'}</span>
