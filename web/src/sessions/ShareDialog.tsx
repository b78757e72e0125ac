import './share.css'
import '../ui/control.css'
import { Link2, UsersRound } from 'lucide-react'
import { type FormEvent, useCallback, useState } from 'react'
import { useMe } from '../state/me.ts'
import { closeOverlay } from '../state/overlay.ts'
import { ErrorNotice } from '../ui/ErrorNotice.tsx'
import { Modal } from '../ui/Modal.tsx'
import { useAction } from '../ui/use-action.ts'
import { useLoad } from '../ui/use-load.ts'
import { copyLink } from './copy-link.ts'
import { PeopleField } from './PeopleField.tsx'
import { type Level, listShares, setLevel, share, unshare } from './shares.ts'

const levels = [
  { value: 'viewer', label: 'Can read' },
  { value: 'member', label: 'Can write' },
  { value: 'admin', label: 'Can share' },
] as const satisfies readonly { readonly value: Level; readonly label: string }[]

interface Props {
  readonly sessionId: string
  readonly title: string
}

/** Lists who has access to a conversation. Grants, changes and revokes access. */
export default function ShareDialog({ sessionId, title }: Props) {
  const load = useCallback(() => listShares(sessionId), [sessionId])
  const { value: shares, error: loadError, reload } = useLoad(load)
  const { busy, error, run } = useAction()
  const [subject, setSubject] = useState('')
  const me = useMe()?.subject ?? ''

  /** Makes a change. Reads the shares again afterwards, also when it failed. */
  const change = (work: () => Promise<void>) =>
    run(async () => {
      try {
        await work()
      } finally {
        await reload()
      }
    })
  const add = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = event.currentTarget
    const data = new FormData(form)
    if (await change(() => share(sessionId, subject.trim(), data.get('level') as Level, shares ?? []))) setSubject('')
    form.querySelector('input')?.focus()
  }
  return (
    <Modal
      title="Share this conversation"
      description={`People with access find “${title}” under “Shared with you”, or open it by its link.`}
      onClose={closeOverlay}
      testId="share-dialog"
    >
      <form className="share-add" onSubmit={add}>
        <PeopleField value={subject} onChange={setSubject} disabled={shares === undefined} />
        <select name="level" aria-label="What they can do" defaultValue="viewer" disabled={shares === undefined}>
          {levels.map(({ value, label }) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
        <button type="submit" className="button primary" disabled={busy || shares === undefined} data-testid="share-add">
          Share
        </button>
      </form>
      {error ? <ErrorNotice error={error} /> : <ErrorNotice error={loadError} retry={() => void reload()} />}
      {shares && (
        <section className="share-with" aria-label="Who has access">
          {shares.length === 0 ? (
            <p className="share-none">No one else has access yet.</p>
          ) : (
            <ul data-testid="shares">
              {shares.map((one) => (
                <li key={`${one.user} ${one.level}`}>
                  <span className="share-name">
                    {one.isGroup && <UsersRound aria-label="Group" />}
                    {one.label}
                    {one.label === me && !one.isGroup && <span className="share-you"> (you)</span>}
                  </span>
                  {one.level === 'blocked' ? (
                    <span className="share-you">Blocked</span>
                  ) : (
                    <select
                      aria-label={`What ${one.label} can do`}
                      value={one.level}
                      disabled={busy}
                      onChange={(event) => void change(() => setLevel(sessionId, one.user, event.target.value as Level, shares))}
                    >
                      {levels.map(({ value, label }) => (
                        <option key={value} value={value}>
                          {label}
                        </option>
                      ))}
                    </select>
                  )}
                  <button
                    type="button"
                    className="button small"
                    disabled={busy}
                    onClick={() => void change(() => unshare(sessionId, one))}
                    aria-label={one.level === 'blocked' ? `Unblock ${one.label}` : `Remove ${one.label}`}
                  >
                    {one.level === 'blocked' ? 'Unblock' : 'Remove'}
                  </button>
                </li>
              ))}
            </ul>
          )}
        </section>
      )}
      <div className="modal-actions share-end">
        <button type="button" className="button" onClick={() => void copyLink(`/c/${sessionId}`)}>
          <Link2 aria-hidden /> Copy link
        </button>
        <button type="button" className="button" onClick={closeOverlay}>
          Done
        </button>
      </div>
    </Modal>
  )
}
