import { Plus } from 'lucide-react'
import { useState } from 'react'
import { announce } from '../../state/announce.ts'
import { showToast } from '../../state/toast.ts'
import { Page } from '../../ui/parts.tsx'
import { Async, Card, Field, ReadOnlyNotice, TroubleNote, useDeed, useLoaded } from '../../ui/settings-parts.tsx'
import { Changes } from '../Changes.tsx'
import { getSettings, putSettings, type SettingsView } from '../settings-api.ts'
import { ProfileForm } from './ProfileForm.tsx'
import { ProfileRow } from './ProfileRow.tsx'

/** The models that may answer, which one does, and whether each works. */
export default function ModelsPage() {
  const { loaded, reload } = useLoaded(getSettings)
  const [editing, setEditing] = useState<string | null>(null)
  const done = async (said: string) => {
    setEditing(null)
    await reload()
    showToast(said)
    announce(said)
  }
  return (
    <Page
      title="Models"
      lead="A profile says where a model is, how it is asked and what it costs. Until one is chosen, the server’s own model answers."
      action={
        <button type="button" className="button primary" onClick={() => setEditing('')} disabled={editing === ''} data-testid="add-profile">
          <Plus aria-hidden /> Add profile
        </button>
      }
    >
      <ReadOnlyNotice />
      <Async loaded={loaded} reload={reload}>
        {(view) => {
          const names = Object.keys(view.settings.models).sort()
          return (
            <>
              {editing === '' && (
                <Card title="New profile">
                  <ProfileForm
                    view={view}
                    name={null}
                    onDone={(name) => void done(`Profile ${name} added`)}
                    onCancel={() => setEditing(null)}
                  />
                </Card>
              )}
              <Chosen key={view.version} view={view} names={names} onDone={done} onLost={reload} />
              <Card title="Profiles" description={names.length > 0 ? 'Try one: a single short question, ten seconds at most.' : undefined}>
                {names.length === 0 && (
                  <p className="set-empty">
                    No profiles yet. Add one for any OpenAI-compatible endpoint, such as OpenAI, vLLM or Ollama; its key goes under Secrets.
                  </p>
                )}
                <ul className="set-list">
                  {names.map((name) =>
                    editing === name ? (
                      <li key={name} className="set-row-form">
                        <ProfileForm
                          view={view}
                          name={name}
                          onDone={() => void done(`Profile ${name} saved`)}
                          onCancel={() => setEditing(null)}
                        />
                      </li>
                    ) : (
                      <ProfileRow
                        key={name}
                        name={name}
                        view={view}
                        onEdit={() => setEditing(name)}
                        onRemoved={() => void done(`Profile ${name} removed`)}
                      />
                    ),
                  )}
                </ul>
              </Card>
              <Changes key={`changes-${view.version}`} />
            </>
          )
        }}
      </Async>
    </Page>
  )
}

interface ChosenProps {
  readonly view: SettingsView
  readonly names: readonly string[]
  readonly onDone: (said: string) => Promise<void>
  readonly onLost: () => Promise<void>
}

/** Who answers, and who steps in. */
function Chosen({ view, names, onDone, onLost }: ChosenProps) {
  const { busy, trouble, act } = useDeed()
  const { profile, fallback } = view.settings.chat
  const choose = (chat: { profile: string | null; fallback: string | null }) =>
    void act(async () => {
      await putSettings(view.version, { chat })
      await onDone('Saved')
    })
  const select = (label: string, hint: string, value: string | null, none: string, set: (value: string | null) => void) => (
    <Field label={label} hint={hint}>
      {(ids) => (
        <select {...ids} value={value ?? ''} disabled={busy} onChange={(event) => set(event.currentTarget.value || null)}>
          <option value="">{none}</option>
          {names.map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      )}
    </Field>
  )
  return (
    <Card title="Who answers">
      <div className="set-fields">
        {select('Chat model', 'Answers every message.', profile, 'The server’s own', (name) => choose({ profile: name, fallback }))}
        {select(
          'Fallback',
          'Steps in when the chat model fails before its first word, and when a message asks for it.',
          fallback,
          'None',
          (name) => choose({ profile, fallback: name }),
        )}
      </div>
      {trouble && <TroubleNote trouble={trouble} retry={() => void onLost()} />}
    </Card>
  )
}
