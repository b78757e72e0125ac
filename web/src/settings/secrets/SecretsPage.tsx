import { useState } from 'react'
import { announce } from '../../state/announce.ts'
import { showToast } from '../../state/toast.ts'
import { Page } from '../../ui/parts.tsx'
import { Async, Card, ConfirmButton, Field, formatDate, TroubleNote, useDeed, useLoaded } from '../../ui/settings-parts.tsx'
import { Changes } from '../Changes.tsx'
import { getSettings, putCredential, removeCredential, rotateDataKey, type SettingsView } from '../settings-api.ts'

/** Providers that most people have, and where their keys go. */
const wellKnown = ['openai', 'openrouter', 'groq', 'mistral', 'deepseek', 'together']

/** Keys of model providers: set, replaced and removed here, and shown to nobody. */
export default function SecretsPage() {
  const { loaded, reload } = useLoaded(getSettings)
  const [replacing, setReplacing] = useState('')
  const done = async (said: string) => {
    setReplacing('')
    await reload()
    showToast(said)
    announce(said)
  }
  return (
    <Page
      title="Secrets"
      lead="Keys are sealed before they are stored and opened only for the call that needs them. Nobody can read one back, not even you."
    >
      <Async loaded={loaded} reload={reload}>
        {(view) => (
          <>
            <Card title="Keys">
              {view.credentials.length === 0 && <p className="set-empty">No keys yet. Set one below, then name it in a model’s profile.</p>}
              <ul className="set-list">
                {view.credentials.map((credential) => (
                  <KeyRow
                    key={credential.provider}
                    credential={credential}
                    onReplace={() => setReplacing(credential.provider)}
                    onDone={done}
                  />
                ))}
              </ul>
            </Card>
            <Card
              key={replacing}
              title={replacing === '' ? 'Set a key' : `Replace the key ${replacing}`}
              description="In force with the very next call."
            >
              <KeyForm view={view} provider={replacing} onDone={done} onCancel={() => setReplacing('')} />
            </Card>
            <DataKey onDone={done} />
            <Changes key={view.version} />
          </>
        )}
      </Async>
    </Page>
  )
}

interface RowProps {
  readonly credential: SettingsView['credentials'][number]
  readonly onReplace: () => void
  readonly onDone: (said: string) => Promise<void>
}

function KeyRow({ credential: { provider, masked, origin, updated_at, updated_by }, onReplace, onDone }: RowProps) {
  const { busy, trouble, act } = useDeed()
  const remove = () =>
    act(async () => {
      await removeCredential(provider)
      await onDone(`Key ${provider} removed`)
    })
  return (
    <li className="set-row" data-testid={`key-${provider}`}>
      <div className="set-row-main">
        <p className="set-row-title">
          <strong>{provider}</strong> <code className="masked">{masked}</code>
        </p>
        <p className="set-row-detail">
          Only sent to {origin} · set by {updated_by}, {formatDate(updated_at)}
        </p>
      </div>
      <div className="set-row-actions">
        <button type="button" className="button small" onClick={onReplace} disabled={busy}>
          Replace
        </button>
        <ConfirmButton label="Remove" sure="Really remove?" onSure={() => void remove()} disabled={busy} />
      </div>
      {trouble && <TroubleNote trouble={trouble} />}
    </li>
  )
}

interface FormProps {
  readonly view: SettingsView
  /** Empty: a new one. */
  readonly provider: string
  readonly onDone: (said: string) => Promise<void>
  readonly onCancel: () => void
}

function KeyForm({ view, provider, onDone, onCancel }: FormProps) {
  const known = view.credentials.find((one) => one.provider === provider)
  const [name, setName] = useState(provider)
  const [secret, setSecret] = useState('')
  const [origin, setOrigin] = useState(known?.origin ?? '')
  const { busy, trouble, act } = useDeed()
  const used = Object.values(view.settings.models).flatMap(({ credential }) => credential ?? [])
  const save = (event: { preventDefault(): void }) => {
    event.preventDefault()
    void act(async () => {
      await putCredential(name, { secret, ...(origin.trim() === '' ? {} : { origin: origin.trim() }) })
      setSecret('')
      setName(provider)
      setOrigin('')
      await onDone(`Key ${name} ${known ? 'replaced' : 'set'}`)
    })
  }
  return (
    <form className="set-form" onSubmit={save} data-testid="key-form">
      <div className="set-fields">
        {provider === '' && (
          <Field label="Name" hint="What profiles call it by.">
            {(ids) => (
              <>
                <input
                  {...ids}
                  value={name}
                  onChange={(event) => setName(event.currentTarget.value)}
                  list="known-providers"
                  required
                  pattern="[A-Za-z0-9][A-Za-z0-9_.\-]{0,63}"
                  autoComplete="off"
                  spellCheck={false}
                  placeholder="openai"
                />
                <datalist id="known-providers">
                  {[...new Set([...used, ...wellKnown])].map((one) => (
                    <option key={one} value={one} />
                  ))}
                </datalist>
              </>
            )}
          </Field>
        )}
        <Field label="Key" hint="Eight characters or more, without spaces.">
          {(ids) => (
            <input
              {...ids}
              type="password"
              value={secret}
              onChange={(event) => setSecret(event.currentTarget.value)}
              required
              minLength={8}
              autoComplete="off"
              spellCheck={false}
              data-1p-ignore
            />
          )}
        </Field>
        <Field
          label="May be sent to"
          wide
          hint="The only place this key ever goes. Leave it empty for the provider’s own address, or that of the profiles that use the key."
        >
          {(ids) => (
            <input
              {...ids}
              value={origin}
              onChange={(event) => setOrigin(event.currentTarget.value)}
              autoComplete="off"
              spellCheck={false}
              inputMode="url"
              placeholder="https://api.example.com"
            />
          )}
        </Field>
      </div>
      {trouble && <TroubleNote trouble={trouble} />}
      <div className="set-actions">
        {provider !== '' && (
          <button type="button" className="button" onClick={onCancel}>
            Cancel
          </button>
        )}
        <button type="submit" className="button primary" disabled={busy} data-testid="save-key">
          {busy ? 'Sealing…' : known ? 'Replace key' : 'Set key'}
        </button>
      </div>
    </form>
  )
}

function DataKey({ onDone }: { readonly onDone: (said: string) => Promise<void> }) {
  const { busy, trouble, act } = useDeed()
  const rotate = () =>
    act(async () => {
      const { resealed } = await rotateDataKey()
      await onDone(resealed === 1 ? 'New data key; one secret sealed anew' : `New data key; ${resealed} secrets sealed anew`)
    })
  return (
    <Card
      title="Data key"
      description="What seals this workspace’s keys. A new one seals all of them anew; the one before is retired by the rotation after it."
      action={
        <button type="button" className="button small" onClick={() => void rotate()} disabled={busy} data-testid="rotate">
          {busy ? 'Rotating…' : 'Rotate'}
        </button>
      }
    >
      {trouble && <TroubleNote trouble={trouble} />}
    </Card>
  )
}
