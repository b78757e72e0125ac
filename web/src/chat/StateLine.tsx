import { CirclePause, Hand } from 'lucide-react'
import { lazy, Suspense, useEffect, useState } from 'react'
import type { Turn } from '../../../shared/client/thread.ts'
import { turnState } from './turn-state.ts'

const RetryLine = lazy(() => import('./RetryLine.tsx'))

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
      {kind === 'sent' && 'Sent'}
      {kind === 'paused' && (
        <>
          <CirclePause aria-hidden />
          Paused
          <button type="button" className="link" onClick={onResume} data-testid="resume">
            Resume
          </button>
          <button type="button" className="link" onClick={onWithdraw} data-testid="take-back">
            Take back
          </button>
        </>
      )}
      {kind === 'queued' && (
        <>
          Queued ({ahead} ahead)
          <button type="button" className="link" onClick={onWithdraw} data-testid="take-back">
            Take back
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
          {turn.restarts > 0 ? 'Interrupted; starting the answer again…' : 'Thinking…'}{' '}
          <Elapsed key={`${turn.items.length} ${turn.restarts}`} />
        </>
      )}
      {state.kind === 'using' && (
        <>
          <span className="pulse" aria-hidden="true" />
          Using {state.tools.join(', ')}… <Elapsed key={turn.items.length} />
        </>
      )}
      {kind === 'approval' && (
        <>
          <Hand aria-hidden />
          Waiting for your approval
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
  return seconds >= minShownSeconds ? <span className="number">{seconds} s</span> : null
}
