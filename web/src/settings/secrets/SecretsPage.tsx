import { useState } from 'react'
import { announce } from '../../state/announce.ts'
import { showToast } from '../../state/toast.ts'
import { Async } from '../../ui/Async.tsx'
import { Card } from '../../ui/Card.tsx'
import { Page } from '../../ui/Page.tsx'
import { useLoad } from '../../ui/use-load.ts'
import { Changes } from '../Changes.tsx'
import { getSettings } from '../settings-api.ts'
import { DataKey } from './DataKey.tsx'
import { KeyForm } from './KeyForm.tsx'
import { KeyRow } from './KeyRow.tsx'

/** Sets, replaces and removes the keys of model providers. The server returns no key. */
export default function SecretsPage() {
  const settings = useLoad(getSettings)
  const [replacing, setReplacing] = useState('')
  const done = async (text: string) => {
    setReplacing('')
    await settings.reload()
    showToast(text)
    announce(text)
  }
  return (
    <Page
      title="Secrets"
      lead="Keys are encrypted before they are stored, and decrypted only for a call to the model. No one can read a key back, not even you."
    >
      <Async load={settings}>
        {(view) => (
          <>
            <Card title="Keys">
              {view.credentials.length === 0 && (
                <p className="card-empty">No keys yet. Set one below, then name it in a model’s profile.</p>
              )}
              <ul>
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
              description="The next call uses it."
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
