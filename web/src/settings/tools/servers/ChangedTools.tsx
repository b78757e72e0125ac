import type { McpServerView } from '../../../../../shared/api/mcp-servers.ts'
import { settingsServers } from '../../../strings/settings-servers.ts'
import { ScrollBox } from '../../../ui/ScrollBox.tsx'

interface Props {
  readonly server: McpServerView
  readonly busy: boolean
  readonly onAccept: () => void
}

/** The tools of a server that are not accepted as they are now, with all that models would be told. */
export function ChangedTools({ server, busy, onAccept }: Props) {
  const texts = settingsServers.row
  const waiting = server.tools.filter(({ accepted }) => !accepted)
  return (
    <div className="server-part" data-testid={`changed-${server.id}`}>
      <p className="card-row-detail">{waiting.length > 0 ? texts.changedText : texts.goneText}</p>
      <ul className="server-tools">
        {waiting.map(({ name, description, parameters }) => (
          <li key={name}>
            <code>{name}</code>
            <p dir="auto">{description}</p>
            <details className="disclosure">
              <summary>{texts.parameters}</summary>
              <ScrollBox as="pre" aria-label={`${name}: ${texts.parameters}`}>
                {JSON.stringify(parameters, null, 2)}
              </ScrollBox>
            </details>
          </li>
        ))}
      </ul>
      <div className="form-actions">
        <button type="button" className="button primary" onClick={onAccept} disabled={busy} data-testid={`accept-${server.id}`}>
          {texts.acceptButton}
        </button>
      </div>
    </div>
  )
}
