import { useState } from 'react'
import type { StartMcpServerSignIn } from '../../../../../shared/api/mcp-servers.ts'
import { insert } from '../../../strings/insert.ts'
import { settingsServers } from '../../../strings/settings-servers.ts'
import { ErrorNotice } from '../../../ui/ErrorNotice.tsx'
import { Field } from '../../../ui/Field.tsx'
import { useAction } from '../../../ui/use-action.ts'
import { startSignIn } from './servers-api.ts'

/** Where the authorization server sends the browser back to. */
const callbackPath = '/v1/auth/mcp/callback'

const requestOf = (id: string, secret: string): StartMcpServerSignIn =>
  id.trim() === '' ? {} : { client: { id: id.trim(), ...(secret !== '' && { secret }) } }

/** Starts a sign-in at a server. The browser goes to the server's own page, and returns to this one. */
export function ServerSignIn({ name }: { readonly name: string }) {
  const { row, client } = settingsServers
  const [id, setId] = useState('')
  const [secret, setSecret] = useState('')
  const { busy, error, run } = useAction()
  const signIn = (event: { preventDefault(): void }) => {
    event.preventDefault()
    void run(async () => {
      const { url } = await startSignIn(name, requestOf(id, secret))
      location.assign(url)
    })
  }
  return (
    <form className="server-part" onSubmit={signIn} data-testid={`sign-in-${name}`}>
      <p className="card-row-detail">{row.keyHint}</p>
      <details className="disclosure">
        <summary>{client.summary}</summary>
        <p className="hint">{insert(client.text, { callback: <code>{`${location.origin}${callbackPath}`}</code> })}</p>
        <div className="form-fields">
          <Field label={client.id}>
            {(ids) => (
              <input {...ids} autoComplete="off" spellCheck={false} value={id} onChange={(event) => setId(event.currentTarget.value)} />
            )}
          </Field>
          <Field label={client.secret} hint={client.secretHint}>
            {(ids) => (
              <input
                {...ids}
                type="password"
                autoComplete="off"
                data-1p-ignore
                value={secret}
                onChange={(event) => setSecret(event.currentTarget.value)}
              />
            )}
          </Field>
        </div>
      </details>
      <ErrorNotice error={error} />
      <div className="form-actions">
        <button type="submit" className="button primary" disabled={busy} aria-label={row.signInLabel({ name })}>
          {busy ? row.openingButton : row.signInButton}
        </button>
      </div>
    </form>
  )
}
