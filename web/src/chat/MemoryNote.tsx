import { EyeOff } from 'lucide-react'
import { Link } from 'wouter'
import { denialReasonText } from '../../../shared/problem.ts'
import { useIsAdmin } from '../state/me.ts'
import './call.css'

/** Says why a message was not remembered, with a link to Memory and, for administrators, to Policy. */
export default function MemoryNote({ reasons }: { readonly reasons: readonly string[] }) {
  const isAdmin = useIsAdmin()
  return (
    <p className="memory-note" data-testid="not-remembered">
      <EyeOff aria-hidden />
      <span>
        Not remembered: {reasons.map(denialReasonText).join('; ') || 'the policy gives no reason'}.{' '}
        <Link href="/settings/memory">Memory</Link>
        {isAdmin && (
          <>
            {' · '}
            <Link href="/settings/policy">Policy</Link>
          </>
        )}
      </span>
    </p>
  )
}
