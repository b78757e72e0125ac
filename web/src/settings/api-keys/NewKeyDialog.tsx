import { type FormEvent, useState } from 'react'
import type { CreatedApiKey } from '../../../../shared/api/accounts.ts'
import { CopyButton } from '../../ui/CopyButton.tsx'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { Modal } from '../../ui/Modal.tsx'
import { useAction } from '../../ui/use-action.ts'
import { createKey } from './api-keys-api.ts'

const lifetimes = [
  { days: 30, label: '30 days' },
  { days: 90, label: '90 days' },
  { days: 365, label: 'A year' },
  { days: null, label: 'No end' },
] as const

const scopes = [
  { scope: 'keys:manage', label: 'Manage API keys', detail: 'Create, list and revoke your keys.', admins: false },
  {
    scope: 'sessions:read_all',
    label: 'Read every conversation',
    detail: 'All sessions of this workspace, of every user. Each read is audited.',
    admins: true,
  },
  { scope: 'admin', label: 'Administer', detail: 'Everything that your own role allows.', admins: true },
] as const

interface Props {
  readonly isAdmin: boolean
  readonly onClose: () => void
  readonly onCreated: () => void
}

/** Creates an API key, then shows it once. */
export function NewKeyDialog({ isAdmin, onClose, onCreated: onMade }: Props) {
  const [created, setCreated] = useState<CreatedApiKey | null>(null)
  const { busy, error, run } = useAction()
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    const days = String(form.get('days'))
    void run(async () => {
      const key = await createKey({
        name: String(form.get('name')),
        expires_in_days: days === 'null' ? null : Number(days),
        scopes: form.getAll('scope').map(String),
      })
      setCreated(key)
      onMade()
    })
  }
  if (created) return <CreatedDialog created={created} onClose={onClose} />
  return (
    <Modal title="New API key" onClose={onClose} testId="new-key-dialog">
      <form className="form" onSubmit={submit}>
        <label>
          Name
          <input name="name" required maxLength={100} placeholder="What will use it, e.g. nightly report" autoComplete="off" />
        </label>
        <label>
          Expires after
          <select name="days" defaultValue="90">
            {lifetimes.map(({ days, label }) => (
              <option key={label} value={String(days)}>
                {label}
              </option>
            ))}
          </select>
        </label>
        <fieldset>
          <legend>The key can always hold conversations as you. It can also have:</legend>
          {scopes
            .filter(({ admins }) => isAdmin || !admins)
            .map(({ scope, label, detail }) => (
              <label key={scope} className="choice">
                <input type="checkbox" name="scope" value={scope} />
                <span>
                  {label} <small>{detail}</small>
                </span>
              </label>
            ))}
        </fieldset>
        <ErrorNotice error={error} />
        <div className="modal-actions">
          <button type="button" className="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" className="button primary" disabled={busy} data-testid="make-key">
            {busy ? 'Making…' : 'Make key'}
          </button>
        </div>
      </form>
    </Modal>
  )
}

const CreatedDialog = ({ created, onClose }: { readonly created: CreatedApiKey; readonly onClose: () => void }) => (
  // The key is shown once, so neither Escape nor a click outside closes the dialog.
  <Modal title="Copy your key now" description="It is shown only once: Soma stores only its hash." onClose={null} testId="made-key-dialog">
    <div className="secret">
      <code data-testid="made-key">{created.key}</code>
      <CopyButton text={created.key} label="Copy the key" testId="copy-key" />
    </div>
    <div className="modal-actions">
      <button type="button" className="button primary" onClick={onClose} data-testid="key-kept">
        I have copied it
      </button>
    </div>
  </Modal>
)
