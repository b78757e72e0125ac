import { useState } from 'react'
import { Link } from 'wouter'
import type { McpServerView } from '../../../../../shared/api/mcp-servers.ts'
import { insert } from '../../../strings/insert.ts'
import { settings as shared } from '../../../strings/settings.ts'
import { settingsServers } from '../../../strings/settings-servers.ts'
import { ErrorNotice } from '../../../ui/ErrorNotice.tsx'
import { Field } from '../../../ui/Field.tsx'
import { useAction } from '../../../ui/use-action.ts'
import { draftOf, type ServerDraft, serverOf } from './server-draft.ts'
import { createServer, putServer } from './servers-api.ts'

interface Props {
  /** Null: a new one. */
  readonly server: McpServerView | null
  readonly onDone: (name: string) => Promise<void>
  readonly onCancel: () => void
  /** Loads the stored server again. */
  readonly onReload: () => void
}

/** Adds or changes a server. Saving asks it for its tools, which can take seconds. */
export function ServerForm({ server, onDone, onCancel, onReload }: Props) {
  const texts = settingsServers.form
  const [draft, setDraft] = useState(() => draftOf(server))
  const { busy, error, run } = useAction()
  const set = (field: keyof ServerDraft) => (event: { readonly currentTarget: { readonly value: string } }) => {
    const { value } = event.currentTarget
    setDraft((before) => ({ ...before, [field]: value }))
  }
  const save = (event: { preventDefault(): void }) => {
    event.preventDefault()
    void run(async () => {
      const { id, ...change } = serverOf(draft, server?.enabled ?? true)
      if (server === null) await createServer({ id, ...change })
      else await putServer(server.id, { ...change, version: server.version })
      await onDone(id)
    })
  }
  const plain = { autoComplete: 'off', spellCheck: false } as const
  return (
    <form onSubmit={save} data-testid="server-form" aria-label={server?.id ?? texts.label}>
      <div className="form-fields">
        {server === null && (
          <Field label={texts.id} hint={texts.idHint}>
            {(ids) => (
              <input {...ids} {...plain} required pattern="[a-z][a-z0-9]{0,23}" placeholder="docs" value={draft.id} onChange={set('id')} />
            )}
          </Field>
        )}
        <Field label={texts.url} hint={texts.urlHint} wide={server !== null}>
          {(ids) => (
            <input
              {...ids}
              {...plain}
              required
              inputMode="url"
              placeholder="https://mcp.example.com/mcp"
              value={draft.url}
              onChange={set('url')}
            />
          )}
        </Field>
        <Field label={texts.auth} wide={draft.signing === 'none'}>
          {(ids) => (
            <select {...ids} value={draft.signing} onChange={set('signing')}>
              <option value="none">{texts.none}</option>
              <option value="key">{texts.key}</option>
            </select>
          )}
        </Field>
        {draft.signing === 'key' && (
          <>
            <Field
              label={texts.credential}
              hint={insert(texts.credentialHint, { link: <Link href="/settings/secrets">{texts.secretsLink}</Link> })}
            >
              {(ids) => <input {...ids} {...plain} required value={draft.credential} onChange={set('credential')} />}
            </Field>
            <Field label={texts.header}>
              {(ids) => <input {...ids} {...plain} required value={draft.header} onChange={set('header')} />}
            </Field>
            <Field label={texts.scheme} hint={texts.schemeHint}>
              {(ids) => <input {...ids} {...plain} pattern="[A-Za-z]{0,20}" value={draft.scheme} onChange={set('scheme')} />}
            </Field>
          </>
        )}
      </div>
      <ErrorNotice error={error} {...(server !== null && { retry: onReload, retryLabel: shared.buttons.loadAgain })} />
      <div className="form-actions">
        <button type="button" className="button" onClick={onCancel}>
          {shared.buttons.cancel}
        </button>
        <button type="submit" className="button primary" disabled={busy} data-testid="save-server">
          {busy ? texts.askingButton : server === null ? texts.addButton : shared.buttons.save}
        </button>
      </div>
    </form>
  )
}
