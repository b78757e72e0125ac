import { ChevronRight, CircleAlert, CircleCheck, CircleHelp, CircleSlash, Hand, LoaderCircle } from 'lucide-react'
import { useState } from 'react'
import type { Call, Item } from '../../../../shared/client/thread.ts'
import { decideCall } from '../../state/session-actions.ts'
import './call.css'
import { chat } from '../../strings/chat.ts'
import { ScrollBox } from '../../ui/ScrollBox.tsx'

interface Props {
  readonly sessionId: string
  readonly item: Item
  readonly call: Call
}

const icons = {
  waiting: LoaderCircle,
  running: LoaderCircle,
  parked: Hand,
  completed: CircleCheck,
  failed: CircleAlert,
  denied: CircleSlash,
  cancelled: CircleSlash,
  unknown: CircleHelp,
} as const

/** One tool call: its name and state, with arguments and result behind a disclosure. */
export default function CallView({ sessionId, item, call }: Props) {
  const Icon = icons[call.state]
  const word = chat.callStates[call.state]
  const summary = summaryOf(call.arguments)
  return (
    <section className="call" data-testid="call" data-state={call.state} aria-label={chat.call.label({ name: call.name, state: word })}>
      <details>
        <summary>
          <Icon aria-hidden />
          <code>{call.name}</code>
          {summary !== '' && <span className="call-summary">{summary}</span>}
          <span className="call-state">
            {word}
            {call.startedAt !== null && call.endedAt !== null && (
              <span className="number"> · {chat.turn.milliseconds({ count: call.endedAt - call.startedAt })}</span>
            )}
          </span>
          <ChevronRight aria-hidden className="call-more" />
          {call.state === 'failed' && item.text !== '' && <span className="call-why">{item.text.slice(0, shownUnits)}</span>}
        </summary>
        <dl>
          <dt>{chat.call.arguments}</dt>
          <dd>
            <ScrollBox as="pre">{pretty(call.arguments)}</ScrollBox>
          </dd>
          {item.text !== '' && (
            <>
              <dt>{call.state === 'completed' ? chat.call.returned : chat.call.sentToAssistant}</dt>
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
        {chat.call.approveButton}
      </button>
      <button type="button" className="button" disabled={busy} onClick={() => decide(false)} data-testid="decline">
        {chat.call.declineButton}
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
