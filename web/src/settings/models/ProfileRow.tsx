import { CircleAlert, CircleCheck, LoaderCircle } from 'lucide-react'
import { useState } from 'react'
import { announce } from '../../state/announce.ts'
import { ConfirmButton, TroubleNote, useDeed } from '../../ui/settings-parts.tsx'
import { type ProbeResult, removeProfile, type SettingsView, tryProfile } from '../settings-api.ts'

interface Props {
  readonly name: string
  readonly view: SettingsView
  readonly onEdit: () => void
  readonly onRemoved: () => void
}

/** One profile: what it is, and whether it works. */
export function ProfileRow({ name, view, onEdit, onRemoved }: Props) {
  const { busy, trouble, act } = useDeed()
  const [tried, setTried] = useState<ProbeResult | null>(null)
  const profile = view.settings.models[name]
  if (profile === undefined) return null
  const { chat } = view.settings
  const missing = profile.credential !== undefined && !view.credentials.some(({ provider }) => provider === profile.credential)
  const attempt = () =>
    act(async () => {
      setTried(null)
      const result = await tryProfile(name)
      setTried(result)
      announce(`${name}: ${result.ok ? 'works' : 'does not work'}. ${result.detail}`)
    })
  const remove = () =>
    act(async () => {
      await removeProfile(name)
      onRemoved()
    })
  return (
    <li className="set-row" data-testid={`profile-${name}`}>
      <div className="set-row-main">
        <p className="set-row-title">
          <strong>{name}</strong>
          {chat.profile === name && <span className="tag accent">Answers</span>}
          {chat.fallback === name && <span className="tag">Fallback</span>}
        </p>
        <p className="set-row-detail">
          {profile.provider === 'builtin' ? 'The builtin responder, without a model' : `${profile.model} at ${hostOf(profile.base_url)}`}
          {profile.credential !== undefined && ` · key ${profile.credential}`}
          {missing && <span className="warn"> (not set)</span>}
        </p>
      </div>
      <div className="set-row-actions">
        <button type="button" className="button small" onClick={() => void attempt()} disabled={busy} data-testid={`test-${name}`}>
          Test
        </button>
        <button type="button" className="button small" onClick={onEdit} disabled={busy}>
          Edit
        </button>
        <ConfirmButton label="Remove" sure="Really remove?" onSure={() => void remove()} disabled={busy} />
      </div>
      {busy && (
        <p className="set-result">
          <LoaderCircle aria-hidden className="spin" /> Asking…
        </p>
      )}
      {tried && !busy && (
        <p className="set-result" data-ok={tried.ok} data-testid={`result-${name}`}>
          {tried.ok ? <CircleCheck aria-label="Works" /> : <CircleAlert aria-label="Does not work" />}
          <span>
            {tried.detail} <span className="number">{tried.ms.toLocaleString()} ms</span>
          </span>
        </p>
      )}
      {trouble && <TroubleNote trouble={trouble} />}
    </li>
  )
}

const hostOf = (address: string | undefined): string => URL.parse(address ?? '')?.host ?? 'nowhere'
