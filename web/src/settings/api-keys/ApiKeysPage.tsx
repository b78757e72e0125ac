import { Plus } from 'lucide-react'
import { useState } from 'react'
import type { ApiKeySummary } from '../../../../shared/api/accounts.ts'
import { useIsAdmin, useMe } from '../../state/me.ts'
import { showToast } from '../../state/toast.ts'
import { insert } from '../../strings/insert.ts'
import { settingsApiKeys } from '../../strings/settings-api-keys.ts'
import { Async } from '../../ui/Async.tsx'
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx'
import { Empty } from '../../ui/Empty.tsx'
import { Page } from '../../ui/Page.tsx'
import { RelativeTime } from '../../ui/RelativeTime.tsx'
import { useLoad } from '../../ui/use-load.ts'
import { listKeys, revokeKey } from './api-keys-api.ts'
import { NewKeyDialog } from './NewKeyDialog.tsx'

/** Lists, creates and revokes API keys. */
export default function ApiKeysPage() {
  const { page, row } = settingsApiKeys
  const keys = useLoad(listKeys)
  const [isCreating, setIsCreating] = useState(false)
  const [revoking, setRevoking] = useState<ApiKeySummary | null>(null)
  const me = useMe()
  const isAdmin = useIsAdmin()
  const newKeyButton = (
    <button type="button" className="button primary" onClick={() => setIsCreating(true)} data-testid="new-key">
      <Plus aria-hidden /> {page.newButton}
    </button>
  )
  return (
    <Page
      title={page.title}
      lead={
        <>
          {insert(page.lead, { header: <code>Authorization: Bearer …</code> })} {isAdmin && page.adminLead}
        </>
      }
      action={newKeyButton}
    >
      <Async load={keys}>
        {(list) =>
          list.length === 0 ? (
            <Empty title={page.emptyTitle}>{page.emptyText}</Empty>
          ) : (
            <ul className="list" data-testid="keys">
              {list.map((key) => (
                <li key={key.id}>
                  <div className="list-main">
                    <strong>{key.name}</strong>
                    <code>{key.prefix}_…</code>
                    {key.scopes.map((scope) => (
                      <span key={scope} className="tag">
                        {scope}
                      </span>
                    ))}
                  </div>
                  <div className="list-facts">
                    {key.subject !== me?.subject && <span>{row.actsFor({ subject: key.subject })}</span>}
                    <span>{insert(row.created, { time: <RelativeTime at={key.created_at} /> })}</span>
                    <span>
                      {key.last_used_at === null ? row.neverUsed : insert(row.used, { time: <RelativeTime at={key.last_used_at} /> })}
                    </span>
                    <Expiry at={key.expires_at} />
                  </div>
                  <button
                    type="button"
                    className="button small"
                    onClick={() => setRevoking(key)}
                    aria-label={row.revokeLabel({ name: key.name })}
                  >
                    {row.revokeButton}
                  </button>
                </li>
              ))}
            </ul>
          )
        }
      </Async>
      {isCreating && <NewKeyDialog isAdmin={isAdmin} onClose={() => setIsCreating(false)} onCreated={() => void keys.reload()} />}
      {revoking && <RevokeDialog apiKey={revoking} onClose={() => setRevoking(null)} onRevoked={() => void keys.reload()} />}
    </Page>
  )
}

const Expiry = ({ at }: { readonly at: number | null }) => {
  const { row } = settingsApiKeys
  if (at === null) return <span>{row.doesNotExpire}</span>
  const time = <RelativeTime at={at} />
  return at <= Date.now() ? <span className="bad">{insert(row.expired, { time })}</span> : <span>{insert(row.expires, { time })}</span>
}

interface RevokeProps {
  readonly apiKey: ApiKeySummary
  readonly onClose: () => void
  readonly onRevoked: () => void
}

const RevokeDialog = ({ apiKey, onClose, onRevoked }: RevokeProps) => (
  <ConfirmDialog
    title={settingsApiKeys.revoke.title({ name: apiKey.name })}
    description={settingsApiKeys.revoke.text}
    cancelLabel={settingsApiKeys.revoke.cancelButton}
    confirmLabel={settingsApiKeys.revoke.confirmButton}
    busyLabel={settingsApiKeys.revoke.busyButton}
    work={async () => {
      await revokeKey(apiKey.id)
      onRevoked()
      onClose()
      showToast(settingsApiKeys.revoke.doneNotice({ name: apiKey.name }))
    }}
    onClose={onClose}
    testId="revoke-dialog"
    confirmTestId="confirm-revoke"
  />
)
