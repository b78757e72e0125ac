import './models.css'
import { Plus } from 'lucide-react'
import { useState } from 'react'
import type { SettingsView } from '../../../../shared/api/settings.ts'
import { announce } from '../../state/announce.ts'
import { showToast } from '../../state/toast.ts'
import { Async } from '../../ui/Async.tsx'
import { Card } from '../../ui/Card.tsx'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { Field } from '../../ui/Field.tsx'
import { Page } from '../../ui/Page.tsx'
import { ReadOnlyNotice } from '../../ui/ReadOnlyNotice.tsx'
import { useAction } from '../../ui/use-action.ts'
import { useLoad } from '../../ui/use-load.ts'
import { Changes } from '../Changes.tsx'
import { getSettings, putSettings } from '../settings-api.ts'
import { ProfileForm } from './ProfileForm.tsx'
import { ProfileRow } from './ProfileRow.tsx'

/** Lists model profiles, tests them, and chooses the one that answers. */
export default function ModelsPage() {
  const settings = useLoad(getSettings)
  const [editing, setEditing] = useState<string | null>(null)
  const done = async (text: string) => {
    setEditing(null)
    await settings.reload()
    showToast(text)
    announce(text)
  }
  return (
    <Page
      title="Models"
      lead="A profile describes a model: its address, its options and its price. Until you choose one, the server’s own model answers."
      action={
        <button type="button" className="button primary" onClick={() => setEditing('')} disabled={editing === ''} data-testid="add-profile">
          <Plus aria-hidden /> Add profile
        </button>
      }
    >
      <ReadOnlyNotice />
      <Async load={settings}>
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
              <ChatModels key={view.version} view={view} names={names} onDone={done} onReload={settings.reload} />
              <Card
                title="Profiles"
                description={names.length > 0 ? '“Test” asks one short question, for at most ten seconds.' : undefined}
              >
                {names.length === 0 && (
                  <p className="card-empty">
                    No profiles yet. Add one for any OpenAI-compatible endpoint, such as OpenAI, vLLM or Ollama. Set its key under Secrets.
                  </p>
                )}
                <ul>
                  {names.map((name) =>
                    editing === name ? (
                      <li key={name} className="card-row-form">
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

interface ChatModelsProps {
  readonly view: SettingsView
  readonly names: readonly string[]
  readonly onDone: (text: string) => Promise<void>
  readonly onReload: () => Promise<void>
}

/** Chooses the chat model and its fallback. */
function ChatModels({ view, names, onDone, onReload }: ChatModelsProps) {
  const { busy, error, run } = useAction()
  const { profile, fallback } = view.settings.chat
  const choose = (chat: { profile: string | null; fallback: string | null }) =>
    void run(async () => {
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
      <div className="form-fields">
        {select('Chat model', 'Answers every message.', profile, 'The server’s own', (name) => choose({ profile: name, fallback }))}
        {select(
          'Fallback',
          'Answers when the chat model fails before its first word, or when a message requests it.',
          fallback,
          'None',
          (name) => choose({ profile, fallback: name }),
        )}
      </div>
      <ErrorNotice error={error} retry={() => void onReload()} retryLabel="Load again" />
    </Card>
  )
}
