import { type FormEvent, useState } from 'react'
import type { CreatedApiKey } from '../../../../shared/api/accounts.ts'
import { settings } from '../../strings/settings.ts'
import { settingsApiKeys } from '../../strings/settings-api-keys.ts'
import { CopyButton } from '../../ui/CopyButton.tsx'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { Modal } from '../../ui/Modal.tsx'
import { useAction } from '../../ui/use-action.ts'
import { createKey } from './api-keys-api.ts'

/** Days until a key expires. Null: never. */
const lifetimes = [30, 90, 365, null] as const

const lifetimeText = (days: (typeof lifetimes)[number]): string => {
  const { create } = settingsApiKeys
  return days === null ? create.never : days === 365 ? create.inAYear : create.inDays({ count: days })
}

const scopes = [
  { scope: 'keys:manage', text: 'manageKeys', admins: false },
  { scope: 'sessions:read_all', text: 'readAll', admins: true },
  { scope: 'admin', text: 'administer', admins: true },
] as const

interface Props {
  readonly isAdmin: boolean
  readonly onClose: () => void
  readonly onCreated: () => void
}

/** Creates an API key, then shows it once. */
export function NewKeyDialog({ isAdmin, onClose, onCreated }: Props) {
  const texts = settingsApiKeys.create
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
      onCreated()
    })
  }
  if (created) return <CreatedDialog created={created} onClose={onClose} />
  return (
    <Modal title={texts.title} onClose={onClose} testId="new-key-dialog">
      <form className="form" onSubmit={submit}>
        <label>
          {texts.name}
          <input name="name" required maxLength={100} placeholder={texts.namePlaceholder} autoComplete="off" />
        </label>
        <label>
          {texts.expires}
          <select name="days" defaultValue="90">
            {lifetimes.map((days) => (
              <option key={days} value={String(days)}>
                {lifetimeText(days)}
              </option>
            ))}
          </select>
        </label>
        <fieldset>
          <legend>{texts.scopes}</legend>
          {scopes
            .filter(({ admins }) => isAdmin || !admins)
            .map(({ scope, text }) => (
              <label key={scope} className="choice">
                <input type="checkbox" name="scope" value={scope} />
                <span>
                  {settingsApiKeys.scopes[text]} <small>{settingsApiKeys.scopes[`${text}Text`]}</small>
                </span>
              </label>
            ))}
        </fieldset>
        <ErrorNotice error={error} />
        <div className="modal-actions">
          <button type="button" className="button" onClick={onClose}>
            {settings.buttons.cancel}
          </button>
          <button type="submit" className="button primary" disabled={busy} data-testid="make-key">
            {busy ? texts.creatingButton : texts.createButton}
          </button>
        </div>
      </form>
    </Modal>
  )
}

const CreatedDialog = ({ created, onClose }: { readonly created: CreatedApiKey; readonly onClose: () => void }) => (
  // The key is shown once, so neither Escape nor a click outside closes the dialog.
  <Modal title={settingsApiKeys.created.title} description={settingsApiKeys.created.text} onClose={null} testId="made-key-dialog">
    <div className="secret">
      <code data-testid="made-key">{created.key}</code>
      <CopyButton text={created.key} label={settingsApiKeys.created.copyButton} testId="copy-key" />
    </div>
    <div className="modal-actions">
      <button type="button" className="button primary" onClick={onClose} data-testid="key-kept">
        {settingsApiKeys.created.doneButton}
      </button>
    </div>
  </Modal>
)
