import './share.css'
import '../ui/control.css'
import { Link2, UsersRound } from 'lucide-react'
import { type FormEvent, useCallback, useState } from 'react'
import { useMe } from '../state/me.ts'
import { closeOverlay } from '../state/overlay.ts'
import { sessions as strings } from '../strings/sessions.ts'
import { ErrorNotice } from '../ui/ErrorNotice.tsx'
import { Modal } from '../ui/Modal.tsx'
import { useAction } from '../ui/use-action.ts'
import { useLoad } from '../ui/use-load.ts'
import { copyLink } from './copy-link.ts'
import { PeopleField } from './PeopleField.tsx'
import { type Level, listShares, setLevel, share, unshare } from './shares.ts'

/** What a person can be given, least first. */
const levels = ['viewer', 'member', 'admin'] as const satisfies readonly Level[]

const LevelOptions = () =>
  levels.map((level) => (
    <option key={level} value={level}>
      {strings.share[level]}
    </option>
  ))

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
    <Modal title={strings.share.title} description={strings.share.text({ title })} onClose={closeOverlay} testId="share-dialog">
      <form className="share-add" onSubmit={add}>
        <PeopleField value={subject} onChange={setSubject} disabled={shares === undefined} />
        <select name="level" aria-label={strings.share.level} defaultValue="viewer" disabled={shares === undefined}>
          <LevelOptions />
        </select>
        <button type="submit" className="button primary" disabled={busy || shares === undefined} data-testid="share-add">
          {strings.share.shareButton}
        </button>
      </form>
      {error ? <ErrorNotice error={error} /> : <ErrorNotice error={loadError} retry={() => void reload()} />}
      {shares && (
        <section className="share-with" aria-label={strings.share.access}>
          {shares.length === 0 ? (
            <p className="share-none">{strings.share.noAccess}</p>
          ) : (
            <ul data-testid="shares">
              {shares.map((one) => (
                <li key={`${one.user} ${one.level}`}>
                  <span className="share-name">
                    {one.isGroup && <UsersRound aria-label={strings.share.group} />}
                    {one.label}
                    {one.label === me && !one.isGroup && <span className="share-you"> {strings.share.you}</span>}
                  </span>
                  {one.level === 'blocked' ? (
                    <span className="share-you">{strings.share.blocked}</span>
                  ) : (
                    <select
                      aria-label={strings.share.levelOf({ name: one.label })}
                      value={one.level}
                      disabled={busy}
                      onChange={(event) => void change(() => setLevel(sessionId, one.user, event.target.value as Level, shares))}
                    >
                      <LevelOptions />
                    </select>
                  )}
                  <button
                    type="button"
                    className="button small"
                    disabled={busy}
                    onClick={() => void change(() => unshare(sessionId, one))}
                    aria-label={(one.level === 'blocked' ? strings.share.unblock : strings.share.remove)({ name: one.label })}
                  >
                    {one.level === 'blocked' ? strings.share.unblockButton : strings.share.removeButton}
                  </button>
                </li>
              ))}
            </ul>
          )}
        </section>
      )}
      <div className="modal-actions share-end">
        <button type="button" className="button" onClick={() => void copyLink(`/c/${sessionId}`)}>
          <Link2 aria-hidden /> {strings.share.copyLink}
        </button>
        <button type="button" className="button" onClick={closeOverlay}>
          {strings.share.doneButton}
        </button>
      </div>
    </Modal>
  )
}
