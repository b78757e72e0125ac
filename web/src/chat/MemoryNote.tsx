import { EyeOff } from 'lucide-react'
import { Link } from 'wouter'
import { denialReasonText } from '../../../shared/problem.ts'
import { auth } from '../state/auth.ts'
import { useSignal } from '../state/signal.ts'
import './call.css'

/** Beneath a message that is not remembered: why, and where one sees what is; to administrators, where the policy explains itself. */
export default function MemoryNote({ reasons }: { readonly reasons: readonly string[] }) {
  const who = useSignal(auth)
  const role = who.kind === 'in' ? who.me.role : null
  return (
    <p className="memory-note" data-testid="not-remembered">
      <EyeOff aria-hidden />
      <span>
        Not remembered: {reasons.map(denialReasonText).join('; ') || 'the policy gives no reason'}.{' '}
        <Link href="/settings/memory">Memory</Link>
        {(role === 'owner' || role === 'admin') && (
          <>
            {' · '}
            <Link href="/settings/policy">Policy</Link>
          </>
        )}
      </span>
    </p>
  )
}
