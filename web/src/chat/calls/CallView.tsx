import { ChevronRight, CircleAlert, CircleCheck, CircleHelp, CircleSlash, ClockAlert, Hand, LoaderCircle } from 'lucide-react'
import { Link } from 'wouter'
import type { CallDecided } from '../../../../shared/client/turn.ts'
import { calls } from '../../strings/calls.ts'
import { ScrollBox } from '../../ui/ScrollBox.tsx'
import { Elapsed } from '../turn/Elapsed.tsx'
import { Arguments } from './Arguments.tsx'
import { CallDecision } from './CallDecision.tsx'
import { CallTime } from './CallTime.tsx'
import { type CallItem, stateOf } from './call-state.ts'

interface Props {
  readonly sessionId: string
  readonly item: CallItem
}

const icons = {
  waiting: LoaderCircle,
  running: LoaderCircle,
  parked: Hand,
  asking: CircleHelp,
  interrupted: CircleHelp,
  completed: CircleCheck,
  failed: CircleAlert,
  timedOut: ClockAlert,
  denied: CircleSlash,
  cancelled: CircleSlash,
  unknown: CircleHelp,
} as const

/** One tool call: its name and state, with arguments and result behind a disclosure. */
export function CallView({ sessionId, item }: Props) {
  const { call } = item
  const state = stateOf(item)
  const Icon = icons[state]
  const word = calls.states[state]
  const summary = summaryOf(call.arguments)
  return (
    <section className="call" data-testid="call" data-state={state} aria-label={calls.call.label({ name: call.name, state: word })}>
      <details>
        <summary>
          <Icon aria-hidden />
          <code>{call.name}</code>
          {summary !== '' && <span className="call-summary">{summary}</span>}
          <span className="call-state">
            {word}
            {state === 'running' && (
              <>
                {' '}
                <Elapsed />
              </>
            )}
            <CallTime ms={call.startedAt === null || call.endedAt === null ? null : call.endedAt - call.startedAt} />
          </span>
          <ChevronRight aria-hidden className="call-more" />
          {(state === 'failed' || state === 'timedOut' || state === 'denied') && item.text !== '' && (
            <span className="call-why">{item.text.slice(0, shownUnits)}</span>
          )}
        </summary>
        <dl>
          <dt>{calls.call.arguments}</dt>
          <dd>
            <Arguments json={call.decided?.arguments ?? call.arguments} />
          </dd>
          {call.decided && (
            <>
              <dt>{calls.call.decision}</dt>
              <dd data-testid="call-decision">{decisionText(call.decided)}</dd>
            </>
          )}
          {item.text !== '' && (
            <>
              <dt>{call.state === 'completed' ? calls.call.returned : calls.call.sentToAssistant}</dt>
              <dd>
                <ScrollBox as="pre">{item.text}</ScrollBox>
              </dd>
            </>
          )}
        </dl>
      </details>
      {call.agent && (
        <p className="call-agent" data-testid="call-agent">
          {call.agent.asksIn !== null && call.endedAt === null ? (
            <Link href={`/c/${encodeURIComponent(call.agent.asksIn)}`}>{calls.call.agentAsks}</Link>
          ) : (
            <Link href={`/c/${encodeURIComponent(call.agent.sessionId)}`}>{calls.call.agentLink}</Link>
          )}
        </p>
      )}
      {call.state === 'parked' && <CallDecision sessionId={sessionId} item={item} />}
    </section>
  )
}

function decisionText({ approved, by, arguments: edited }: CallDecided): string {
  if (!approved) return calls.call.declinedBy({ user: by })
  return edited === undefined ? calls.call.approvedBy({ user: by }) : calls.call.editedBy({ user: by })
}

/** UTF-16 units of the arguments and of the error in the row. */
const shownUnits = 120

/** The values of the arguments in one line. */
function summaryOf(json: string): string {
  try {
    const value: unknown = JSON.parse(json || '{}')
    const values = typeof value === 'object' && value !== null ? Object.values(value) : [value]
    return values
      .map((one) => (typeof one === 'string' ? one : JSON.stringify(one)))
      .join(', ')
      .slice(0, shownUnits)
  } catch {
    return json.slice(0, shownUnits)
  }
}
