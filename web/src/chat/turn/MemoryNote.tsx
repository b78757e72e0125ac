import { EyeOff } from 'lucide-react'
import { Link } from 'wouter'
import { useIsAdmin } from '../../state/me.ts'
import { denialReason } from '../../state/user-error.ts'
import { chat } from '../../strings/chat.ts'
import './notes.css'

/** Says why a message was not remembered, with a link to Memory and, for administrators, to Policy. */
export default function MemoryNote({ reasons }: { readonly reasons: readonly string[] }) {
  const isAdmin = useIsAdmin()
  return (
    <p className="memory-note" data-testid="not-remembered">
      <EyeOff aria-hidden />
      <span>
        {chat.memory.notRemembered({ reasons: reasons.map(denialReason).join('; ') || chat.memory.noReason })}{' '}
        <Link href="/settings/memory">{chat.memory.memoryLink}</Link>
        {isAdmin && (
          <>
            {' · '}
            <Link href="/settings/policy">{chat.memory.policyLink}</Link>
          </>
        )}
      </span>
    </p>
  )
}
