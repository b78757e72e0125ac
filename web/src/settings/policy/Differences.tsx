import type { WhatIfReport } from '../../../../shared/api/what-if.ts'
import { settingsPolicy } from '../../strings/settings-policy.ts'
import { RelativeTime } from '../../ui/RelativeTime.tsx'
import { ScrollBox } from '../../ui/ScrollBox.tsx'
import { DecisionTag } from './DecisionTag.tsx'

/** Lists the recorded decisions that a candidate would change. */
export function Differences({ found: { differences } }: { readonly found: WhatIfReport }) {
  const texts = settingsPolicy.differences
  if (differences.length === 0) return null
  return (
    <ScrollBox as="section" className="data-table" aria-label={texts.label}>
      <table>
        <thead>
          <tr>
            <th>{texts.time}</th>
            <th>{texts.subject}</th>
            <th>{texts.action}</th>
            <th>{texts.target}</th>
            <th>{texts.was}</th>
            <th>{texts.would}</th>
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
              <td>
                <DecisionTag allowed={was} />
              </td>
              <td>
                <DecisionTag allowed={would} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollBox>
  )
}
