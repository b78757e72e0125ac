import './changes.css'
import { useState } from 'react'
import type { SettingsHistoryEntry } from '../../../shared/api/settings.ts'
import { settings } from '../strings/settings.ts'
import { Async } from '../ui/Async.tsx'
import { formatDate, isoDate } from '../ui/format-date.ts'
import { useLoad } from '../ui/use-load.ts'
import { getHistory } from './settings-api.ts'

/** Recent changes of the settings. Loads when it is opened. */
export function Changes() {
  const [open, setOpen] = useState(false)
  return (
    <details className="disclosure changes" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{settings.changes.title}</summary>
      {open && <Entries />}
    </details>
  )
}

function Entries() {
  const history = useLoad(getHistory)
  return (
    <Async load={history}>
      {({ changes }) =>
        changes.length === 0 ? (
          <p className="card-empty">{settings.changes.empty}</p>
        ) : (
          <ol className="change-list">
            {changes.map((entry) => (
              <Entry key={entry.version} entry={entry} />
            ))}
          </ol>
        )
      }
    </Async>
  )
}

const valueText = (value: unknown): string => {
  if (value === undefined) return settings.changes.noValue
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return text.length > 120 ? `${text.slice(0, 119)}…` : text
}

const Entry = ({ entry: { version, at, subject, changes } }: { readonly entry: SettingsHistoryEntry }) => (
  <li>
    <p className="change-who">
      <span className="number">#{version}</span> {subject} <time dateTime={isoDate(at)}>{formatDate(at)}</time>
    </p>
    <ul>
      {changes.map(({ pointer, before, after }) => (
        <li key={pointer}>
          <code>{pointer.slice(1).replaceAll('/', ' › ')}</code> <del>{valueText(before)}</del> → <ins>{valueText(after)}</ins>
        </li>
      ))}
    </ul>
  </li>
)
