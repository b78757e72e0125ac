import { CirclePause, Hand } from 'lucide-react'
import { Suspense, useEffect, useState } from 'react'
import type { Turn } from '../../../shared/client/thread.ts'
import { chat } from '../strings/chat.ts'
import { formatList } from '../strings/format.ts'
import { lazyPart } from '../ui/lazy-part.tsx'
import { turnState } from './turn-state.ts'

const RetryLine = lazyPart(() => import('./RetryLine.tsx'))

interface Props {
  readonly turn: Turn
  readonly ahead: number
  readonly paused: boolean
  readonly onWithdraw: () => void
  readonly onResume: () => void
}

/** Says what a turn waits for. */
export function StateLine({ turn, ahead, paused, onWithdraw, onResume }: Props) {
  const state = turnState(turn, ahead, paused)
  const { kind } = state
  return (
    <p className="state-line" data-testid="state-line" data-kind={kind}>
      {kind === 'sent' && chat.state.sent}
      {kind === 'paused' && (
        <>
          <CirclePause aria-hidden />
          {chat.state.paused}
          <button type="button" className="link" onClick={onResume} data-testid="resume">
            {chat.state.resumeButton}
          </button>
          <button type="button" className="link" onClick={onWithdraw} data-testid="take-back">
            {chat.state.takeBackButton}
          </button>
        </>
      )}
      {kind === 'queued' && (
        <>
          {chat.state.queued({ ahead })}
          <button type="button" className="link" onClick={onWithdraw} data-testid="take-back">
            {chat.state.takeBackButton}
          </button>
        </>
      )}
      {kind === 'thinking' && turn.retrying && (
        <Suspense>
          <RetryLine retrying={turn.retrying} />
        </Suspense>
      )}
      {kind === 'thinking' && !turn.retrying && (
        <>
          <span className="pulse" aria-hidden="true" />
          {turn.restarts > 0 ? chat.state.restarted : chat.state.thinking} <Elapsed key={`${turn.items.length} ${turn.restarts}`} />
        </>
      )}
      {state.kind === 'using' && (
        <>
          <span className="pulse" aria-hidden="true" />
          {chat.state.using({ tools: formatList(state.tools) })} <Elapsed key={turn.items.length} />
        </>
      )}
      {kind === 'approval' && (
        <>
          <Hand aria-hidden />
          {chat.state.approval}
        </>
      )}
    </p>
  )
}

/** Shorter waits show no number. */
const minShownSeconds = 2

/** Seconds since it was mounted. Uses the browser's clock, which may differ from the server's. */
function Elapsed() {
  const [seconds, setSeconds] = useState(0)
  useEffect(() => {
    const startedAt = performance.now()
    const timer = setInterval(() => setSeconds(Math.floor((performance.now() - startedAt) / 1_000)), 250)
    return () => clearInterval(timer)
  }, [])
  return seconds >= minShownSeconds ? <span className="number">{chat.state.seconds({ seconds })}</span> : null
}
