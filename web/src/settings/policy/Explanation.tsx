import type { PolicyExplanation } from '../../../../shared/api/policy.ts'
import { ScrollBox } from '../../ui/ScrollBox.tsx'

/** Rules shown before the disclosure. They come sorted by how close they were to deciding. */
const firstRules = 8
const firstChanges = 6

const outcomes = { held: 'held', failed: 'failed', default: 'by default' } as const

/** Shows which rules decided, what they read, and which single change would change the decision. */
export function Explanation({ explained, input }: { readonly explained: PolicyExplanation; readonly input: unknown }) {
  return (
    <div className="explanation" data-testid="explanation">
      <section aria-label="Rules">
        <h3>Rules</h3>
        <Rules rules={explained.rules.slice(0, firstRules)} />
        {explained.rules.length > firstRules && (
          <details>
            <summary>{explained.rules.length - firstRules} more that failed sooner</summary>
            <Rules rules={explained.rules.slice(firstRules)} />
          </details>
        )}
      </section>
      <section aria-label="What would change it">
        <h3>What would change it</h3>
        {explained.changes.length === 0 && <p className="faint">No change of a single input would change this decision.</p>}
        <ul className="explained">
          {explained.changes.slice(0, firstChanges).map(({ pointer, from, to, answer }) => (
            <li key={`${pointer} ${JSON.stringify(to)}`}>
              <code>{pointer}</code>
              <span>
                {from === undefined ? <em>nothing there</em> : <Value value={from} />} →{' '}
                {to === undefined ? <em>nothing</em> : <Value value={to} />}
              </span>
              <span className={answer === true ? 'tag good' : 'tag bad'}>{answer === true ? 'allowed' : 'denied'}</span>
            </li>
          ))}
        </ul>
      </section>
      <section aria-label="Inputs read">
        <h3>Inputs read</h3>
        <ul className="explained">
          {explained.inputs.map((read) => (
            <li key={read.pointer}>
              <code>{read.pointer}</code>
              <span>{'value' in read ? <Value value={read.value} /> : <em>nothing there</em>}</span>
            </li>
          ))}
        </ul>
      </section>
      <details>
        <summary>The request as JSON</summary>
        <ScrollBox as="pre">{JSON.stringify(input, null, 2)}</ScrollBox>
      </details>
    </div>
  )
}

const Rules = ({ rules }: { readonly rules: PolicyExplanation['rules'] }) => (
  <ul className="explained">
    {rules.map(({ rule, file, row, outcome, stoppedAt }) => (
      <li key={`${rule} ${file} ${row}`}>
        <code>{rule}</code>
        <span className="faint">
          {file}:{row}
          {outcome === 'failed' && stoppedAt !== row && `, stopped at line ${stoppedAt}`}
        </span>
        <span className={outcome === 'held' ? 'tag good' : 'tag'}>{outcomes[outcome]}</span>
      </li>
    ))}
  </ul>
)

const Value = ({ value }: { readonly value: unknown }) => <code>{JSON.stringify(value)}</code>
