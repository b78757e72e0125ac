import { CirclePause, Hand } from 'lucide-react'
import { Suspense } from 'react'
import type { Turn } from '../../../../shared/client/turn.ts'
import { chat } from '../../strings/chat.ts'
import { formatList } from '../../strings/format.ts'
import { lazyPart } from '../../ui/lazy-part.tsx'
import { Elapsed } from './Elapsed.tsx'
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
      {(kind === 'approval' || kind === 'answer') && (
        <>
          <Hand aria-hidden />
          {chat.state[kind]}
        </>
      )}
    </p>
  )
}
