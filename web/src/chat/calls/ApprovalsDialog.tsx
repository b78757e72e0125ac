import { useCallback } from 'react'
import { announce } from '../../state/announce.ts'
import { api } from '../../state/api.ts'
import { closeOverlay } from '../../state/overlay.ts'
import { calls } from '../../strings/calls.ts'
import { Async } from '../../ui/Async.tsx'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { formatDate, isoDate } from '../../ui/format-date.ts'
import { Modal } from '../../ui/Modal.tsx'
import { useAction } from '../../ui/use-action.ts'
import { useLoad } from '../../ui/use-load.ts'
import './call.css'

/** The tools that run without an approval in a conversation, because a user allowed them. Each can be asked about again. */
export default function ApprovalsDialog({ sessionId }: { readonly sessionId: string }) {
  const texts = calls.allowed
  const load = useLoad(useCallback(() => api.approvals(sessionId), [sessionId]))
  const { busy, error, run } = useAction()
  const revoke = (tool: string) =>
    run(async () => {
      await api.revokeApproval(sessionId, tool)
      await load.reload()
      announce(texts.revoked({ name: tool }))
    })
  return (
    <Modal title={texts.title} description={texts.text} onClose={closeOverlay} testId="approvals-dialog">
      <Async load={load}>
        {({ approvals }) =>
          approvals.length === 0 ? (
            <p className="allowed-none">{texts.none}</p>
          ) : (
            <ul className="allowed-tools">
              {approvals.map(({ tool, granted_by, granted_at }) => (
                <li key={tool}>
                  <span>
                    <code>{tool}</code>
                    <small>
                      {texts.grantedBy({ user: granted_by })} <time dateTime={isoDate(granted_at)}>{formatDate(granted_at)}</time>
                    </small>
                  </span>
                  <button
                    type="button"
                    className="button small"
                    disabled={busy}
                    aria-label={texts.revokeLabel({ name: tool })}
                    onClick={() => void revoke(tool)}
                  >
                    {texts.revokeButton}
                  </button>
                </li>
              ))}
            </ul>
          )
        }
      </Async>
      <ErrorNotice error={error} />
    </Modal>
  )
}
