import '../account/account.css'
import { UserPlus } from 'lucide-react'
import { useState } from 'react'
import type { UserSummary } from '../../../../shared/api/accounts.ts'
import { useMe } from '../../state/me.ts'
import { settingsUsers } from '../../strings/settings-users.ts'
import { Async } from '../../ui/Async.tsx'
import { Empty } from '../../ui/Empty.tsx'
import { Page } from '../../ui/Page.tsx'
import { useLoad } from '../../ui/use-load.ts'
import { AddUserDialog } from './AddUserDialog.tsx'
import { RemoveUserDialog } from './RemoveUserDialog.tsx'
import { RequireMfa } from './RequireMfa.tsx'
import { ResetMfaDialog } from './ResetMfaDialog.tsx'
import { roleOrder } from './roles.ts'
import { UserRow } from './UserRow.tsx'
import { listUsers } from './users-api.ts'

type Dialog =
  | { readonly kind: 'add' }
  | { readonly kind: 'remove'; readonly user: UserSummary }
  | { readonly kind: 'reset-mfa'; readonly user: UserSummary }

/** Lists users; adds, removes and changes them. */
export default function UsersPage() {
  const texts = settingsUsers.page
  const users = useLoad(listUsers)
  const [dialog, setDialog] = useState<Dialog | null>(null)
  const me = useMe()
  const grantable = roleOrder.filter((role) => me?.role === 'owner' || role !== 'owner')
  const close = () => setDialog(null)
  const reload = () => void users.reload()
  const addButton = (
    <button type="button" className="button primary" onClick={() => setDialog({ kind: 'add' })} data-testid="add-user">
      <UserPlus aria-hidden /> {texts.addButton}
    </button>
  )
  return (
    <Page title={texts.title} lead={texts.lead} action={addButton}>
      {users.value && <RequireMfa />}
      <Async load={users}>
        {(list) =>
          list.length === 0 ? (
            <Empty title={texts.emptyTitle}>{texts.emptyText}</Empty>
          ) : (
            <ul className="list" data-testid="users">
              {list.map((user) => (
                <UserRow
                  key={user.subject}
                  user={user}
                  isMe={user.subject === me?.subject}
                  grantable={grantable}
                  reload={users.reload}
                  onRemove={() => setDialog({ kind: 'remove', user })}
                  onResetMfa={() => setDialog({ kind: 'reset-mfa', user })}
                />
              ))}
            </ul>
          )
        }
      </Async>
      {dialog?.kind === 'add' && <AddUserDialog roles={grantable} onClose={close} onAdded={reload} />}
      {dialog?.kind === 'remove' && <RemoveUserDialog user={dialog.user} onClose={close} onRemoved={reload} />}
      {dialog?.kind === 'reset-mfa' && <ResetMfaDialog user={dialog.user} onClose={close} onReset={reload} />}
    </Page>
  )
}
