import type { McpServerView } from '../../../../../shared/api/mcp-servers.ts'
import { settings as shared } from '../../../strings/settings.ts'
import { settingsServers } from '../../../strings/settings-servers.ts'
import { ConfirmButton } from '../../../ui/ConfirmButton.tsx'
import { ErrorNotice } from '../../../ui/ErrorNotice.tsx'
import { formatDate } from '../../../ui/format-date.ts'
import { useAction } from '../../../ui/use-action.ts'
import { ChangedTools } from './ChangedTools.tsx'
import { ServerSignIn } from './ServerSignIn.tsx'
import { unchanged } from './server-draft.ts'
import { putServer, refreshServer, removeServer } from './servers-api.ts'

interface Props {
  readonly server: McpServerView
  readonly onEdit: () => void
  /** `text`: what has happened. Empty: nothing to tell. */
  readonly onChanged: (text: string) => Promise<void>
}

const tone = { connected: '', changed: 'accent', sign_in: 'bad', unreachable: 'bad', disabled: '' } as const

/** One server: its state, what it asks for, and its switch. */
export function ServerRow({ server, onEdit, onChanged }: Props) {
  const { id, url, enabled, state, detail, tools, listed_at, listing, resources } = server
  const { card, row, states } = settingsServers
  const { busy, error, run } = useAction()
  const after = (work: () => Promise<unknown>, text = '') =>
    void run(async () => {
      await work()
      await onChanged(text)
    })
  const facts = [
    row.tools({ count: tools.length }),
    listed_at === null ? row.neverListed : row.listed({ time: formatDate(listed_at) }),
    resources ? row.resources : null,
  ].filter((fact) => fact !== null)
  return (
    <li className="card-row" data-testid={`server-${id}`} data-state={state} data-enabled={enabled}>
      <div>
        <p className="card-row-title">
          <code>{id}</code>
          <span className={`tag ${tone[state]}`}>{states[state]}</span>
        </p>
        <p className="card-row-detail">{url}</p>
        <p className="card-row-detail">{facts.join(' · ')}</p>
        {detail !== '' && (
          <p className="card-row-detail" lang="en">
            {detail}
          </p>
        )}
      </div>
      <div className="card-row-actions">
        <input
          type="checkbox"
          role="switch"
          className="switch"
          aria-checked={enabled}
          aria-label={row.enableLabel({ name: id })}
          checked={enabled}
          disabled={busy}
          onChange={({ currentTarget: { checked } }) => after(() => putServer(id, { ...unchanged(server), enabled: checked }))}
        />
        <button
          type="button"
          className="button small"
          onClick={() => after(() => refreshServer(id))}
          disabled={busy}
          aria-label={row.refreshLabel({ name: id })}
        >
          {row.refreshButton}
        </button>
        <button type="button" className="button small" onClick={onEdit} disabled={busy} aria-label={row.editLabel({ name: id })}>
          {row.editButton}
        </button>
        <ConfirmButton
          label={shared.buttons.remove}
          confirmLabel={shared.buttons.reallyRemove}
          onConfirm={() => after(() => removeServer(id), card.removedNotice({ name: id }))}
          disabled={busy}
        />
      </div>
      {state === 'sign_in' && <ServerSignIn name={id} />}
      {state === 'changed' && (
        <ChangedTools
          server={server}
          busy={busy}
          onAccept={() => after(() => putServer(id, { ...unchanged(server), accept: listing }), card.acceptedNotice({ name: id }))}
        />
      )}
      <ErrorNotice error={error} retry={() => void onChanged('')} retryLabel={shared.buttons.loadAgain} />
    </li>
  )
}
