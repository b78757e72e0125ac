import type { UserSummary } from '../../../../shared/api/accounts.ts'
import type { Role } from '../../../../shared/identity/role.ts'
import { showToast } from '../../state/toast.ts'
import { insert } from '../../strings/insert.ts'
import { settings } from '../../strings/settings.ts'
import { settingsUsers } from '../../strings/settings-users.ts'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { RelativeTime } from '../../ui/RelativeTime.tsx'
import { useAction } from '../../ui/use-action.ts'
import { roleOrder } from './roles.ts'
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
  const texts = settingsUsers.row
  const { error, run } = useAction()
  const isLocked = !grantable.includes(role)
  const changeRole = (next: Role) =>
    run(async () => {
      try {
        await setRole(subject, next)
        showToast(texts.roleChangedNotice({ subject, role: settings.roles[next] }))
      } finally {
        await reload()
      }
    })
  return (
    <li>
      <div className="list-main">
        <strong>{name || subject}</strong>
        {name && <code>{subject}</code>}
        {isMe && <span className="tag">{texts.meTag}</span>}
        {mfa && <span className="tag">{texts.twoFactorTag}</span>}
      </div>
      <div className="list-facts">
        <span>{signed_in_at === null ? texts.neverSignedIn : insert(texts.signedIn, { time: <RelativeTime at={signed_in_at} /> })}</span>
      </div>
      <select
        aria-label={texts.roleLabel({ subject })}
        value={role}
        disabled={isLocked}
        onChange={(event) => void changeRole(event.target.value as Role)}
      >
        {roleOrder.map((option) => (
          <option key={option} value={option} disabled={!grantable.includes(option)}>
            {settings.roles[option]}
          </option>
        ))}
      </select>
      {mfa && !isMe && (
        <button type="button" className="button small" disabled={isLocked} onClick={onResetMfa} aria-label={texts.resetLabel({ subject })}>
          {texts.resetButton}
        </button>
      )}
      <button type="button" className="button small" disabled={isLocked} onClick={onRemove} aria-label={texts.removeLabel({ subject })}>
        {texts.removeButton}
      </button>
      <ErrorNotice error={error} />
    </li>
  )
}
