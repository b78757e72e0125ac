import { useState } from 'react'
import { announce } from '../../state/announce.ts'
import { showToast } from '../../state/toast.ts'
import { settingsSecrets } from '../../strings/settings-secrets.ts'
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
  const texts = settingsSecrets.page
  const settings = useLoad(getSettings)
  const [replacing, setReplacing] = useState('')
  const done = async (text: string) => {
    setReplacing('')
    await settings.reload()
    showToast(text)
    announce(text)
  }
  return (
    <Page title={texts.title} lead={texts.lead}>
      <Async load={settings}>
        {(view) => (
          <>
            <Card title={texts.listTitle}>
              {view.credentials.length === 0 && <p className="card-empty">{texts.empty}</p>}
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
              title={replacing === '' ? texts.setTitle : texts.replaceTitle({ name: replacing })}
              description={texts.formText}
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
