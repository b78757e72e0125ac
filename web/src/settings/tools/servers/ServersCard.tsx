import { useState } from 'react'
import { announce } from '../../../state/announce.ts'
import { showToast } from '../../../state/toast.ts'
import { settingsServers } from '../../../strings/settings-servers.ts'
import { Async } from '../../../ui/Async.tsx'
import { Card } from '../../../ui/Card.tsx'
import { useLoad } from '../../../ui/use-load.ts'
import { ServerForm } from './ServerForm.tsx'
import { ServerRow } from './ServerRow.tsx'
import { getServers } from './servers-api.ts'

/** The MCP servers of the workspace. `onChanged`: the tool catalog may be another. */
export function ServersCard({ onChanged }: { readonly onChanged: () => Promise<void> }) {
  const texts = settingsServers.card
  const servers = useLoad(getServers)
  /** The id of the server in the form. Empty: a new one. */
  const [editing, setEditing] = useState<string | null>(null)
  const close = () => setEditing(null)
  const done = async (text: string) => {
    await Promise.all([servers.reload(), onChanged()])
    if (text === '') return
    showToast(text)
    announce(text)
  }
  const saved = (text: string) => {
    close()
    return done(text)
  }
  const reload = () => void servers.reload()
  return (
    <Card
      title={texts.title}
      description={texts.text}
      action={
        <button type="button" className="button small" onClick={() => setEditing('')} disabled={editing === ''} data-testid="add-server">
          {texts.addButton}
        </button>
      }
    >
      <Async load={servers}>
        {({ servers: list }) => (
          <>
            {editing === '' && (
              <ServerForm server={null} onDone={(name) => saved(texts.addedNotice({ name }))} onCancel={close} onReload={reload} />
            )}
            {list.length === 0 && editing === null && <p className="card-empty">{texts.empty}</p>}
            <ul data-testid="servers">
              {list.map((server) =>
                editing === server.id ? (
                  <li key={server.id} className="card-row-form">
                    <ServerForm
                      key={server.version}
                      server={server}
                      onDone={(name) => saved(texts.savedNotice({ name }))}
                      onCancel={close}
                      onReload={reload}
                    />
                  </li>
                ) : (
                  <ServerRow key={server.id} server={server} onEdit={() => setEditing(server.id)} onChanged={done} />
                ),
              )}
            </ul>
          </>
        )}
      </Async>
    </Card>
  )
}
