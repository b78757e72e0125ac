import type { PolicyExplanation } from '../../../../shared/api/policy.ts'
import { settingsPolicy } from '../../strings/settings-policy.ts'
import { ScrollBox } from '../../ui/ScrollBox.tsx'
import { DecisionTag } from './DecisionTag.tsx'

/** Rules shown before the disclosure. They come sorted by how close they were to deciding. */
const firstRules = 8
const firstChanges = 6

/** Shows which rules decided, what they read, and which single change would change the decision. */
export function Explanation({ explained, input }: { readonly explained: PolicyExplanation; readonly input: unknown }) {
  const texts = settingsPolicy.explanation
  return (
    <div className="explanation" data-testid="explanation">
      <section aria-label={texts.rules}>
        <h3>{texts.rules}</h3>
        <Rules rules={explained.rules.slice(0, firstRules)} />
        {explained.rules.length > firstRules && (
          <details>
            <summary>{texts.moreRules({ count: explained.rules.length - firstRules })}</summary>
            <Rules rules={explained.rules.slice(firstRules)} />
          </details>
        )}
      </section>
      <section aria-label={texts.changes}>
        <h3>{texts.changes}</h3>
        {explained.changes.length === 0 && <p className="faint">{texts.noChange}</p>}
        <ul className="explained">
          {explained.changes.slice(0, firstChanges).map(({ pointer, from, to, answer }) => (
            <li key={`${pointer} ${JSON.stringify(to)}`}>
              <code>{pointer}</code>
              <span>
                {from === undefined ? <em>{texts.nothing}</em> : <Value value={from} />} →{' '}
                {to === undefined ? <em>{texts.nothing}</em> : <Value value={to} />}
              </span>
              <DecisionTag allowed={answer === true} />
            </li>
          ))}
        </ul>
      </section>
      <section aria-label={texts.inputs}>
        <h3>{texts.inputs}</h3>
        <ul className="explained">
          {explained.inputs.map((read) => (
            <li key={read.pointer}>
              <code>{read.pointer}</code>
              <span>{'value' in read ? <Value value={read.value} /> : <em>{texts.nothing}</em>}</span>
            </li>
          ))}
        </ul>
      </section>
      <details>
        <summary>{texts.request}</summary>
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
          {outcome === 'failed' && stoppedAt !== row
            ? settingsPolicy.explanation.stoppedAt({ place: `${file}:${row}`, line: stoppedAt })
            : `${file}:${row}`}
        </span>
        <span className={outcome === 'held' ? 'tag good' : 'tag'}>{settingsPolicy.explanation[outcome]}</span>
      </li>
    ))}
  </ul>
)

const Value = ({ value }: { readonly value: unknown }) => <code>{JSON.stringify(value)}</code>
