import { ChevronRight, CircleAlert, CircleCheck, CircleHelp, CircleSlash, Hand, LoaderCircle } from 'lucide-react'
import { useState } from 'react'
import type { Call, Item } from '../../../shared/client/thread.ts'
import { decideCall } from '../state/session-actions.ts'
import './call.css'
import { ScrollBox } from '../ui/ScrollBox.tsx'

interface Props {
  readonly sessionId: string
  readonly item: Item
  readonly call: Call
}

const states = {
  waiting: { word: 'waiting', icon: LoaderCircle },
  running: { word: 'running', icon: LoaderCircle },
  parked: { word: 'needs your approval', icon: Hand },
  completed: { word: 'done', icon: CircleCheck },
  failed: { word: 'failed', icon: CircleAlert },
  denied: { word: 'declined', icon: CircleSlash },
  cancelled: { word: 'not started', icon: CircleSlash },
  unknown: { word: 'was interrupted; it may have taken effect', icon: CircleHelp },
} as const

/** One tool call: its name and state, with arguments and result behind a disclosure. */
export default function CallView({ sessionId, item, call }: Props) {
  const { word, icon: Icon } = states[call.state]
  const brief = briefOf(call.arguments)
  return (
    <section className="call" data-testid="call" data-state={call.state} aria-label={`Tool ${call.name}, ${word}`}>
      <details>
        <summary>
          <Icon aria-hidden />
          <code>{call.name}</code>
          {brief !== '' && <span className="call-brief">{brief}</span>}
          <span className="call-state">
            {word}
            {call.startedAt !== null && call.endedAt !== null && <span className="number"> · {call.endedAt - call.startedAt} ms</span>}
          </span>
          <ChevronRight aria-hidden className="call-more" />
          {call.state === 'failed' && item.text !== '' && <span className="call-why">{item.text.slice(0, shownUnits)}</span>}
        </summary>
        <dl>
          <dt>Arguments</dt>
          <dd>
            <ScrollBox as="pre">{pretty(call.arguments)}</ScrollBox>
          </dd>
          {item.text !== '' && (
            <>
              <dt>{call.state === 'completed' ? 'Returned' : 'Sent to the assistant'}</dt>
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
        Approve
      </button>
      <button type="button" className="button" disabled={busy} onClick={() => decide(false)} data-testid="decline">
        Decline
      </button>
    </div>
  )
}

/** UTF-16 units of the arguments and of the error in the row. */
const shownUnits = 120

/** The values of the arguments in one line. */
function briefOf(json: string): string {
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
