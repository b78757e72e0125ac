import { CloudOff, RefreshCw } from 'lucide-react'
import { useEffect, useState } from 'react'
import { online, stream } from '../state/connection.ts'
import type { Conversation } from '../state/conversation.ts'
import { useSignal } from '../state/signal.ts'
import { chat } from '../strings/chat.ts'
import { offline } from '../strings/offline.ts'
import { daysBetween, formatDate, formatTime } from '../ui/format-date.ts'
import { useMaybeOutline } from './thread/use-thread.ts'

/** One line above the thread while the server cannot be reached. */
export function Banner({ conversation, onRetry }: { readonly conversation: Conversation | null; readonly onRetry: () => void }) {
  const isOnline = useSignal(online)
  const status = useSignal(stream)
  // One lost connection is ordinary. The banner shows at the second failure in a row.
  const failing = status !== null && status.kind !== 'live' && status.attempt >= 2
  const phase = useMaybeOutline(conversation?.store ?? null)?.phase
  if (phase?.kind === 'saved') {
    const time = daysBetween(phase.at, Date.now()) === 0 ? formatTime(phase.at) : formatDate(phase.at)
    return (
      <div className="banner" role="status" data-testid="saved-banner">
        <CloudOff aria-hidden />
        <span>{offline.savedCopy({ time })}</span>
      </div>
    )
  }
  if (!isOnline) {
    return (
      <div className="banner" role="status" data-testid="offline-banner">
        <CloudOff aria-hidden />
        <span>{chat.banner.offline}</span>
      </div>
    )
  }
  if (!failing) return null
  return (
    <div className="banner" role="status" data-testid="reconnect-banner">
      <RefreshCw aria-hidden />
      <span>
        {chat.banner.lost} {status.kind === 'waiting' ? <Countdown until={status.until} /> : chat.banner.retrying}
      </span>
      <button type="button" className="button small" onClick={onRetry} data-testid="retry-now">
        {chat.banner.retryButton}
      </button>
    </div>
  )
}

/** Seconds until the next attempt, hidden from screen readers: one announcement per second is too many. */
function Countdown({ until }: { readonly until: number }) {
  const [now, setNow] = useState(Date.now)
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1_000)
    return () => clearInterval(timer)
  }, [])
  return <span aria-hidden="true">{chat.banner.retryingIn({ seconds: Math.max(1, Math.ceil((until - now) / 1_000)) })}</span>
}
