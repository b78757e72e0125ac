import './models.css'
import { Plus } from 'lucide-react'
import { useState } from 'react'
import type { SettingsView } from '../../../../shared/api/settings.ts'
import { announce } from '../../state/announce.ts'
import { showToast } from '../../state/toast.ts'
import { settings as shared } from '../../strings/settings.ts'
import { settingsModels } from '../../strings/settings-models.ts'
import { Async } from '../../ui/Async.tsx'
import { Card } from '../../ui/Card.tsx'
import { Empty } from '../../ui/Empty.tsx'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { Field } from '../../ui/Field.tsx'
import { Page } from '../../ui/Page.tsx'
import { ReadOnlyNotice } from '../../ui/ReadOnlyNotice.tsx'
import { useAction } from '../../ui/use-action.ts'
import { useLoad } from '../../ui/use-load.ts'
import { Changes } from '../Changes.tsx'
import { getModelEndpoints, getSettings, putSettings } from '../settings-api.ts'
import { ProfileForm } from './ProfileForm.tsx'
import { ProfileRow } from './ProfileRow.tsx'
import { RouterForm } from './RouterForm.tsx'

/** Lists model profiles, tests them, and chooses the one that answers. */
export default function ModelsPage() {
  const { page, list } = settingsModels
  const settings = useLoad(getSettings)
  // Without it the page shows no circuit breaker.
  const endpoints = useLoad(getModelEndpoints)
  const [editing, setEditing] = useState<string | null>(null)
  const done = async (text: string) => {
    setEditing(null)
    await settings.reload()
    showToast(text)
    announce(text)
  }
  return (
    <Page
      title={page.title}
      lead={page.lead}
      action={
        <button type="button" className="button primary" onClick={() => setEditing('')} disabled={editing === ''} data-testid="add-profile">
          <Plus aria-hidden /> {page.addButton}
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
                <Card title={page.newTitle}>
                  <ProfileForm
                    view={view}
                    name={null}
                    onDone={(name) => void done(page.addedNotice({ name }))}
                    onCancel={() => setEditing(null)}
                  />
                </Card>
              )}
              <ChatModels key={view.version} view={view} names={names} onDone={done} onReload={settings.reload} />
              <Card title={list.title} description={names.length > 0 ? list.text : undefined}>
                {names.length === 0 && <Empty title={list.emptyTitle}>{list.emptyText}</Empty>}
                <ul>
                  {names.map((name) =>
                    editing === name ? (
                      <li key={name} className="card-row-form">
                        <ProfileForm
                          view={view}
                          name={name}
                          onDone={() => void done(page.savedNotice({ name }))}
                          onCancel={() => setEditing(null)}
                        />
                      </li>
                    ) : (
                      <ProfileRow
                        key={name}
                        name={name}
                        view={view}
                        endpoint={endpoints.value?.endpoints.find((endpoint) => endpoint.name === name)}
                        onEdit={() => setEditing(name)}
                        onRemoved={() => void done(page.removedNotice({ name }))}
                      />
                    ),
                  )}
                </ul>
              </Card>
              <RouterForm key={`router-${view.version}`} view={view} onDone={done} onReload={settings.reload} />
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
  const texts = settingsModels.choice
  const { busy, error, run } = useAction()
  const { profile, fallback } = view.settings.chat
  const utility = view.settings.utility.profile
  // Only a profile that calls a provider can write titles.
  const callingNames = names.filter((name) => view.settings.models[name]?.provider !== 'builtin')
  const choose = (chat: { profile: string | null; fallback: string | null }) =>
    void run(async () => {
      await putSettings(view.version, { chat })
      await onDone(texts.savedNotice)
    })
  const chooseUtility = (name: string | null) =>
    void run(async () => {
      await putSettings(view.version, { utility: { profile: name } })
      await onDone(texts.savedNotice)
    })
  const select = (
    label: string,
    hint: string,
    value: string | null,
    none: string,
    set: (value: string | null) => void,
    offered = names,
  ) => (
    <Field label={label} hint={hint}>
      {(ids) => (
        <select {...ids} value={value ?? ''} disabled={busy} onChange={(event) => set(event.currentTarget.value || null)}>
          <option value="">{none}</option>
          {offered.map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      )}
    </Field>
  )
  return (
    <Card title={texts.title}>
      <div className="form-fields">
        {select(texts.chatModel, texts.chatModelHint, profile, texts.serverDefault, (name) => choose({ profile: name, fallback }))}
        {select(texts.fallback, texts.fallbackHint, fallback, texts.noFallback, (name) => choose({ profile, fallback: name }))}
        {select(texts.utility, texts.utilityHint, utility, texts.noUtility, chooseUtility, callingNames)}
      </div>
      <ErrorNotice error={error} retry={() => void onReload()} retryLabel={shared.buttons.loadAgain} />
    </Card>
  )
}
