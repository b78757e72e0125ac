import type { CatalogEntryView } from '../../../../shared/api/tools.ts'
import { formatNumber } from '../../strings/format.ts'
import { settings } from '../../strings/settings.ts'
import { settingsTools } from '../../strings/settings-tools.ts'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { formatTime } from '../../ui/format-date.ts'
import { useAction } from '../../ui/use-action.ts'
import { putTool } from './tools-api.ts'

interface Props {
  readonly tool: CatalogEntryView
  readonly mayChange: boolean
  readonly onEdit: () => void
  readonly onChanged: () => Promise<void>
}

/** One tool of the list, with a switch that applies at once. */
export function ToolRow({ tool, mayChange, onEdit, onChanged }: Props) {
  const { name, declared, enabled, allowed, params, limits, version, breaker } = tool
  const texts = settingsTools.row
  const { busy, error, run } = useAction()
  const enable = (next: boolean) =>
    run(async () => {
      const { description, approval, scopes } = tool
      await putTool(name, { version, enabled: next, description, approval, scopes, limits, allowed, params })
      await onChanged()
    })
  const facts = [
    settingsTools.rules[tool.approval ?? declared.approval],
    texts.timeout({ seconds: formatNumber((limits.timeout_ms ?? declared.limits.timeout_ms) / 1_000) }),
    allowed === null ? null : texts.limited,
    Object.keys(params).length === 0 ? null : texts.fixed({ names: Object.keys(params).join(', ') }),
  ].filter((fact) => fact !== null)
  return (
    <li className="card-row" data-testid={`tool-${name}`} data-enabled={enabled}>
      <div>
        <p className="card-row-title">
          <code>{name}</code>
          <span className="tag">{settingsTools.effects[declared.effect]}</span>
          {!enabled && <span className="tag bad">{texts.disabled}</span>}
          {breaker.state === 'open' && <span className="tag bad">{texts.paused}</span>}
        </p>
        <p className="card-row-detail" dir="auto">
          {tool.description ?? declared.description}
        </p>
        <p className="card-row-detail">{facts.join(' · ')}</p>
        {breaker.failures > 0 && (
          <p className="card-row-detail" data-testid={`breaker-${name}`}>
            {breaker.retry_at === null
              ? texts.failures({ count: breaker.failures })
              : texts.pausedUntil({ count: breaker.failures, time: formatTime(breaker.retry_at) })}
          </p>
        )}
      </div>
      {mayChange && (
        <div className="card-row-actions">
          <input
            type="checkbox"
            role="switch"
            className="switch"
            aria-checked={enabled}
            aria-label={texts.enableLabel({ name })}
            checked={enabled}
            disabled={busy}
            onChange={(event) => void enable(event.currentTarget.checked)}
            data-testid={`enable-${name}`}
          />
          <button type="button" className="button small" onClick={onEdit} disabled={busy} aria-label={texts.editLabel({ name })}>
            {texts.editButton}
          </button>
        </div>
      )}
      <ErrorNotice error={error} retry={() => void onChanged()} retryLabel={settings.buttons.loadAgain} />
    </li>
  )
}
