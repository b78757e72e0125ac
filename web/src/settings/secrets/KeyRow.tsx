import type { SettingsView } from '../../../../shared/api/settings.ts'
import { settings as shared } from '../../strings/settings.ts'
import { settingsSecrets } from '../../strings/settings-secrets.ts'
import { ConfirmButton } from '../../ui/ConfirmButton.tsx'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { formatDate } from '../../ui/format-date.ts'
import { useAction } from '../../ui/use-action.ts'
import { removeCredential } from '../settings-api.ts'

interface Props {
  readonly credential: SettingsView['credentials'][number]
  readonly onReplace: () => void
  readonly onDone: (text: string) => Promise<void>
}

/** One stored key: its mask, where it may be sent, and who set it. */
export function KeyRow({ credential: { provider, masked, origin, updated_at, updated_by }, onReplace, onDone }: Props) {
  const texts = settingsSecrets.row
  const { busy, error, run } = useAction()
  const remove = () =>
    run(async () => {
      await removeCredential(provider)
      await onDone(texts.removedNotice({ name: provider }))
    })
  return (
    <li className="card-row" data-testid={`key-${provider}`}>
      <div>
        <p className="card-row-title">
          <strong>{provider}</strong> <code className="masked">{masked}</code>
        </p>
        <p className="card-row-detail">{texts.detail({ origin, user: updated_by, time: formatDate(updated_at) })}</p>
      </div>
      <div className="card-row-actions">
        <button type="button" className="button small" onClick={onReplace} disabled={busy}>
          {texts.replaceButton}
        </button>
        <ConfirmButton
          label={shared.buttons.remove}
          confirmLabel={shared.buttons.reallyRemove}
          onConfirm={() => void remove()}
          disabled={busy}
        />
      </div>
      <ErrorNotice error={error} />
    </li>
  )
}
