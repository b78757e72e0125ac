import { Plus } from 'lucide-react'
import { useState } from 'react'
import type { ApiKeySummary } from '../../../../shared/api/accounts.ts'
import { useIsAdmin, useMe } from '../../state/me.ts'
import { showToast } from '../../state/toast.ts'
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
  const keys = useLoad(listKeys)
  const [isCreating, setIsCreating] = useState(false)
  const [revoking, setRevoking] = useState<ApiKeySummary | null>(null)
  const me = useMe()
  const isAdmin = useIsAdmin()
  const newKeyButton = (
    <button type="button" className="button primary" onClick={() => setIsCreating(true)} data-testid="new-key">
      <Plus aria-hidden /> New key
    </button>
  )
  return (
    <Page
      title="API keys"
      lead={
        <>
          For programs that act for you, as <code>Authorization: Bearer …</code>.{' '}
          {isAdmin && 'You administer this workspace, so you see the keys of all users.'}
        </>
      }
      action={newKeyButton}
    >
      <Async load={keys}>
        {(list) =>
          list.length === 0 ? (
            <Empty title="No API keys yet">
              A key lets a script or another service use Soma without your sign-in. You can revoke it at any time.
            </Empty>
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
                    {key.subject !== me?.subject && <span>acts for {key.subject}</span>}
                    <span>
                      created <RelativeTime at={key.created_at} />
                    </span>
                    <span>
                      used <RelativeTime at={key.last_used_at} never="never" />
                    </span>
                    <Expiry at={key.expires_at} />
                  </div>
                  <button type="button" className="button small" onClick={() => setRevoking(key)} aria-label={`Revoke ${key.name}`}>
                    Revoke
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
  if (at === null) return <span>does not expire</span>
  return at <= Date.now() ? (
    <span className="bad">
      expired <RelativeTime at={at} />
    </span>
  ) : (
    <span>
      expires <RelativeTime at={at} />
    </span>
  )
}

interface RevokeProps {
  readonly apiKey: ApiKeySummary
  readonly onClose: () => void
  readonly onRevoked: () => void
}

const RevokeDialog = ({ apiKey, onClose, onRevoked }: RevokeProps) => (
  <ConfirmDialog
    title={`Revoke “${apiKey.name}”?`}
    description="Programs that use this key are refused within two seconds. This cannot be undone."
    cancelLabel="Keep it"
    confirmLabel="Revoke"
    busyLabel="Revoking…"
    work={async () => {
      await revokeKey(apiKey.id)
      onRevoked()
      onClose()
      showToast(`“${apiKey.name}” is revoked`)
    }}
    onClose={onClose}
    testId="revoke-dialog"
    confirmTestId="confirm-revoke"
  />
)
