import { Plus } from 'lucide-react'
import { useState } from 'react'
import type { ApiKeySummary } from '../../../../shared/api/sessions.ts'
import { auth } from '../../state/auth.ts'
import { useSignal } from '../../state/signal.ts'
import { showToast } from '../../state/toast.ts'
import { Modal } from '../../ui/Modal.tsx'
import { Moment } from '../../ui/Moment.tsx'
import { Empty, Failed, FailureNotice, Page } from '../../ui/parts.tsx'
import { useAttempt, useLoad } from '../../ui/use-load.ts'
import { listKeys, revokeKey } from '../api.ts'
import { NewKeyDialog } from './NewKeyDialog.tsx'

export default function KeysPage() {
  const [keys, again] = useLoad(listKeys)
  const [making, setMaking] = useState(false)
  const [revoking, setRevoking] = useState<ApiKeySummary | null>(null)
  const who = useSignal(auth)
  const me = who.kind === 'in' || who.kind === 'expired' ? who.me : null
  const isAdmin = me?.role === 'owner' || me?.role === 'admin'
  const make = (
    <button type="button" className="button primary" onClick={() => setMaking(true)} data-testid="new-key">
      <Plus aria-hidden /> New key
    </button>
  )
  return (
    <Page
      title="API keys"
      lead={
        <>
          For programs that act for you, as <code>Authorization: Bearer …</code>.{' '}
          {isAdmin && 'You administer this tenant, so you see everybody’s.'}
        </>
      }
      action={make}
    >
      {keys.kind === 'failed' && <Failed trouble={keys.trouble} again={() => void again()} />}
      {keys.kind === 'ready' && keys.value.length === 0 && (
        <Empty title="No API keys yet">
          A key lets a script or another service talk to Soma without your sign-in. You can revoke it any time.
        </Empty>
      )}
      {keys.kind === 'ready' && keys.value.length > 0 && (
        <ul className="admin-list" data-testid="keys">
          {keys.value.map((key) => (
            <li key={key.id}>
              <div className="admin-row-main">
                <strong>{key.name}</strong>
                <code>{key.prefix}_…</code>
                {key.scopes.map((scope) => (
                  <span key={scope} className="tag">
                    {scope}
                  </span>
                ))}
              </div>
              <div className="admin-row-facts">
                {key.subject !== me?.subject && <span>acts for {key.subject}</span>}
                <span>
                  made <Moment at={key.created_at} />
                </span>
                <span>
                  used <Moment at={key.last_used_at} never="never" />
                </span>
                <Expiry at={key.expires_at} />
              </div>
              <button type="button" className="button small" onClick={() => setRevoking(key)} aria-label={`Revoke ${key.name}`}>
                Revoke
              </button>
            </li>
          ))}
        </ul>
      )}
      {making && <NewKeyDialog isAdmin={isAdmin} onClose={() => setMaking(false)} onMade={() => void again()} />}
      {revoking && <RevokeDialog apiKey={revoking} onClose={() => setRevoking(null)} onRevoked={() => void again()} />}
    </Page>
  )
}

const Expiry = ({ at }: { readonly at: number | null }) => {
  if (at === null) return <span>does not expire</span>
  return at <= Date.now() ? (
    <span className="bad">
      expired <Moment at={at} />
    </span>
  ) : (
    <span>
      expires <Moment at={at} />
    </span>
  )
}

interface RevokeProps {
  readonly apiKey: ApiKeySummary
  readonly onClose: () => void
  readonly onRevoked: () => void
}

function RevokeDialog({ apiKey, onClose, onRevoked }: RevokeProps) {
  const { busy, trouble, attempt } = useAttempt()
  const revoke = () =>
    attempt(async () => {
      await revokeKey(apiKey.id)
      onRevoked()
      onClose()
      showToast(`“${apiKey.name}” is revoked`)
    })
  return (
    <Modal
      title={`Revoke “${apiKey.name}”?`}
      description="Whatever uses this key is refused within two seconds. It cannot be undone; make a new key instead."
      onClose={onClose}
      testId="revoke-dialog"
    >
      <FailureNotice trouble={trouble} />
      <div className="modal-actions">
        <button type="button" className="button" onClick={onClose}>
          Keep it
        </button>
        <button type="button" className="button danger" onClick={() => void revoke()} disabled={busy} data-testid="confirm-revoke">
          {busy ? 'Revoking…' : 'Revoke'}
        </button>
      </div>
    </Modal>
  )
}
