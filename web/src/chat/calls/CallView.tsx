import { ChevronRight, CircleAlert, CircleCheck, CircleHelp, CircleSlash, ClockAlert, Hand, LoaderCircle } from 'lucide-react'
import { useState } from 'react'
import { decideCall } from '../../state/session-actions.ts'
import { calls } from '../../strings/calls.ts'
import { ScrollBox } from '../../ui/ScrollBox.tsx'
import { Elapsed } from '../turn/Elapsed.tsx'
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
            <ScrollBox as="pre">{pretty(call.arguments)}</ScrollBox>
          </dd>
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
      {call.state === 'parked' && <Decision sessionId={sessionId} callId={item.id} reason={call.reason ?? ''} />}
    </section>
  )
}

/** Asks the user to approve or decline the call. */
function Decision({ sessionId, callId, reason }: { readonly sessionId: string; readonly callId: string; readonly reason: string }) {
  const [busy, setBusy] = useState(false)
  const decide = (approved: boolean) => {
    setBusy(true)
    void decideCall(sessionId, callId, approved).finally(() => setBusy(false))
  }
  return (
    <div className="call-decision writes">
      <p>{reason}</p>
      <button type="button" className="button primary" disabled={busy} onClick={() => decide(true)} data-testid="approve">
        {calls.call.approveButton}
      </button>
      <button type="button" className="button" disabled={busy} onClick={() => decide(false)} data-testid="decline">
        {calls.call.declineButton}
      </button>
    </div>
  )
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

/** Indents JSON; returns other text unchanged. */
function pretty(json: string): string {
  try {
    return JSON.stringify(JSON.parse(json || '{}'), null, 2)
  } catch {
    return json
  }
}
