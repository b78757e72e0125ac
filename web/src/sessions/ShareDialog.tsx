import './share.css'
import { Link2, UsersRound } from 'lucide-react'
import { type FormEvent, useCallback, useEffect, useState } from 'react'
import { closeOverlay } from '../navigation/overlay.ts'
import { auth } from '../state/auth.ts'
import { useSignal } from '../state/signal.ts'
import { toUserError, type UserError } from '../state/user-error.ts'
import { Modal } from '../ui/Modal.tsx'
import { copyLink } from './copy-link.ts'
import { type Level, listShares, type Share, setLevel, share, unshare } from './shares.ts'

const levels = [
  { value: 'viewer', label: 'Can read' },
  { value: 'member', label: 'Can write' },
  { value: 'admin', label: 'Can share' },
] as const satisfies readonly { readonly value: Level; readonly label: string }[]

interface Props {
  readonly sessionId: string
  readonly title: string
}

/** Who has access to a conversation; and giving it, changing it, taking it back. */
export default function ShareDialog({ sessionId, title }: Props) {
  const [shares, setShares] = useState<readonly Share[] | null>(null)
  const [busy, setBusy] = useState(false)
  const [trouble, setTrouble] = useState<UserError | null>(null)
  const who = useSignal(auth)
  const me = who.kind === 'in' || who.kind === 'expired' ? who.me.subject : ''
  const read = useCallback(async () => setShares(await listShares(sessionId)), [sessionId])
  useEffect(() => {
    read().catch((error: unknown) => setTrouble(toUserError(error)))
  }, [read])

  /** Does it, and shows what is true afterwards, whether it worked or not. */
  const attempt = async (work: () => Promise<void>): Promise<boolean> => {
    setBusy(true)
    setTrouble(null)
    let done = false
    try {
      await work()
      done = true
    } catch (error) {
      setTrouble(toUserError(error))
    }
    await read().catch(() => undefined)
    setBusy(false)
    return done
  }
  const add = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = event.currentTarget
    const said = new FormData(form)
    const subject = String(said.get('subject')).trim()
    if (await attempt(() => share(sessionId, subject, said.get('level') as Level, shares ?? []))) form.reset()
    form.querySelector('input')?.focus()
  }
  return (
    <Modal
      title="Share this conversation"
      description={`Whoever has access opens “${title}” by its link. It does not come up in their list.`}
      onClose={closeOverlay}
      testId="share-dialog"
    >
      <form className="share-add" onSubmit={add}>
        <input
          name="subject"
          aria-label="Share with"
          placeholder="User name"
          required
          maxLength={255}
          pattern="\s*[!-~]+\s*"
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          disabled={shares === null}
        />
        <select name="level" aria-label="What they can do" defaultValue="viewer" disabled={shares === null}>
          {levels.map(({ value, label }) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
        <button type="submit" className="button primary" disabled={busy || shares === null} data-testid="share-add">
          Share
        </button>
      </form>
      {trouble && (
        <p className="notice error" role="alert">
          {trouble.title}. {trouble.detail}
        </p>
      )}
      {shares && (
        <section className="share-with" aria-label="Who has access">
          {shares.length === 0 ? (
            <p className="share-none">Nobody else has access yet.</p>
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
                      onChange={(event) => void attempt(() => setLevel(sessionId, one.user, event.target.value as Level, shares))}
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
                    onClick={() => void attempt(() => unshare(sessionId, one))}
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
