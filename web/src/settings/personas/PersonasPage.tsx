import './personas.css'
import { Plus } from 'lucide-react'
import { useState } from 'react'
import { announce } from '../../state/announce.ts'
import { useIsAdmin, useMe } from '../../state/me.ts'
import { showToast } from '../../state/toast.ts'
import { settingsPersonas } from '../../strings/settings-personas.ts'
import { Async } from '../../ui/Async.tsx'
import { Card } from '../../ui/Card.tsx'
import { Empty } from '../../ui/Empty.tsx'
import { Page } from '../../ui/Page.tsx'
import { useLoad } from '../../ui/use-load.ts'
import { getSettings } from '../settings-api.ts'
import { PersonaForm } from './PersonaForm.tsx'
import { PersonaEditor, PersonaRow } from './PersonaRow.tsx'
import { listPersonas } from './personas-api.ts'
import { WorkspaceInstructions } from './WorkspaceInstructions.tsx'

const load = async () => {
  const [personas, view] = await Promise.all([listPersonas(), getSettings()])
  return { personas, view }
}

/** Lists the personas that the user may choose, and changes their own; an administrator changes those of the workspace. */
export default function PersonasPage() {
  const { page, list } = settingsPersonas
  const content = useLoad(load)
  const isAdmin = useIsAdmin()
  const me = useMe()
  const mayCreate = me !== null && me.role !== 'viewer'
  /** The id of the persona in the form. Empty: a new one. */
  const [editing, setEditing] = useState<string | null>(null)
  const close = () => setEditing(null)
  const done = (text: string) => {
    close()
    return reloadAndSay(text)
  }
  const reloadAndSay = async (text: string) => {
    await content.reload()
    showToast(text)
    announce(text)
  }
  return (
    <Page
      title={page.title}
      lead={page.lead}
      action={
        mayCreate && (
          <button
            type="button"
            className="button primary"
            onClick={() => setEditing('')}
            disabled={editing === ''}
            data-testid="add-persona"
          >
            <Plus aria-hidden /> {page.addButton}
          </button>
        )
      }
    >
      <Async load={content}>
        {({ personas, view }) => (
          <>
            {editing === '' && (
              <Card title={page.newTitle}>
                <PersonaForm view={view} persona={null} onDone={({ name }) => void done(page.addedNotice({ name }))} onCancel={close} />
              </Card>
            )}
            <Card title={list.title} description={personas.length > 0 ? list.text : undefined}>
              {personas.length === 0 && <Empty title={list.emptyTitle}>{list.emptyText}</Empty>}
              <ul>
                {personas.map((persona) => {
                  const { id, name } = persona
                  return editing === id ? (
                    <PersonaEditor
                      key={id}
                      id={id}
                      view={view}
                      onDone={(saved) => void done(page.savedNotice({ name: saved.name }))}
                      onCancel={close}
                    />
                  ) : (
                    <PersonaRow
                      key={id}
                      persona={persona}
                      mayChange={isAdmin || persona.visibility === 'owner'}
                      onEdit={() => setEditing(id)}
                      onRemoved={() => void done(page.deletedNotice({ name }))}
                    />
                  )
                })}
              </ul>
            </Card>
            <WorkspaceInstructions
              key={`workspace-${view.version}`}
              view={view}
              onSaved={() => reloadAndSay(settingsPersonas.workspace.savedNotice)}
              onReload={() => void content.reload()}
            />
          </>
        )}
      </Async>
    </Page>
  )
}
