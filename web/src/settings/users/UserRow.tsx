import type { UserSummary } from '../../../../shared/api/accounts.ts'
import type { Role } from '../../../../shared/identity/role.ts'
import { showToast } from '../../state/toast.ts'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { RelativeTime } from '../../ui/RelativeTime.tsx'
import { useAction } from '../../ui/use-action.ts'
import { roleOrder, roleTexts } from './roles.ts'
import { setRole } from './users-api.ts'

interface Props {
  readonly user: UserSummary
  readonly isMe: boolean
  /** Roles that the signed-in user may give and remove. */
  readonly grantable: readonly Role[]
  readonly reload: () => Promise<void>
  readonly onRemove: () => void
  readonly onResetMfa: () => void
}

/** One user: name, role, and what can be done with the account. */
export function UserRow({ user, isMe, grantable, reload, onRemove, onResetMfa }: Props) {
  const { subject, name, role, mfa, signed_in_at } = user
  const { error, run } = useAction()
  const isLocked = !grantable.includes(role)
  const changeRole = (next: Role) =>
    run(async () => {
      try {
        await setRole(subject, next)
        showToast(`${subject} is now ${roleTexts[next].label.toLowerCase()}`)
      } finally {
        await reload()
      }
    })
  return (
    <li>
      <div className="list-main">
        <strong>{name || subject}</strong>
        {name && <code>{subject}</code>}
        {isMe && <span className="tag">you</span>}
        {mfa && <span className="tag">second factor</span>}
      </div>
      <div className="list-facts">
        <span>
          signed in <RelativeTime at={signed_in_at} never="never" />
        </span>
      </div>
      <select
        aria-label={`Role of ${subject}`}
        value={role}
        disabled={isLocked}
        onChange={(event) => void changeRole(event.target.value as Role)}
      >
        {roleOrder.map((option) => (
          <option key={option} value={option} disabled={!grantable.includes(option)}>
            {roleTexts[option].label}
          </option>
        ))}
      </select>
      {mfa && !isMe && (
        <button
          type="button"
          className="button small"
          disabled={isLocked}
          onClick={onResetMfa}
          aria-label={`Reset the second factor of ${subject}`}
        >
          Reset second factor…
        </button>
      )}
      <button type="button" className="button small" disabled={isLocked} onClick={onRemove} aria-label={`Remove ${subject}`}>
        Remove
      </button>
      <ErrorNotice error={error} />
    </li>
  )
}
