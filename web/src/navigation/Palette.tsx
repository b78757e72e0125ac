import { Dialog } from 'radix-ui'
import { Fragment, type KeyboardEvent, useEffect, useMemo, useState } from 'react'
import { useRoute } from 'wouter'
import { useIsAdmin } from '../state/me.ts'
import { closeOverlay, returnFocus } from '../state/overlay.ts'
import { refresh, sessions } from '../state/sessions.ts'
import { useSignal } from '../state/signal.ts'
import { useLanguage } from '../strings/language.ts'
import { navigation } from '../strings/navigation.ts'
import { type Command, commands, search } from './commands.ts'

/** Longest list of results. */
const maxShown = 50

/** Finds conversations and runs commands from the keyboard. */
export default function Palette() {
  const [, params] = useRoute('/c/:id')
  const { kind, list } = useSignal(sessions)
  const isAdmin = useIsAdmin()
  const language = useLanguage()
  const all = useMemo(() => commands(params?.id ?? null, isAdmin), [params?.id, isAdmin, list, language])
  useEffect(() => {
    // A page without the list of conversations has not loaded it.
    if (kind === 'loading') void refresh()
  }, [kind])
  const [query, setQuery] = useState('')
  const [index, setIndex] = useState(0)
  const groups = useMemo(() => grouped(search(all, query).slice(0, maxShown)), [all, query])
  const matches = groups.flatMap(({ commands: list }) => list)
  const chosen = matches[Math.min(index, matches.length - 1)]

  const run = (command: Command | undefined) => {
    if (command === undefined) return
    closeOverlay()
    // After the dialog has closed and released the focus.
    setTimeout(command.run)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return
    if (event.key === 'ArrowDown') setIndex((index + 1) % Math.max(1, matches.length))
    else if (event.key === 'ArrowUp') setIndex((index - 1 + matches.length) % Math.max(1, matches.length))
    else if (event.key === 'Enter') run(chosen)
    else return
    event.preventDefault()
  }
  return (
    <Dialog.Root open onOpenChange={(open) => !open && closeOverlay()}>
      <Dialog.Portal>
        <Dialog.Overlay className="modal-scrim" />
        <Dialog.Content
          className="modal palette"
          aria-describedby={undefined}
          data-testid="palette"
          onCloseAutoFocus={(event) => {
            // A command that navigated has already moved the focus.
            event.preventDefault()
            returnFocus()
          }}
        >
          <Dialog.Title className="visually-hidden">{navigation.palette.title}</Dialog.Title>
          <input
            role="combobox"
            aria-expanded="true"
            aria-controls="palette-list"
            aria-activedescendant={chosen ? `palette-${chosen.id}` : undefined}
            aria-label={navigation.palette.label}
            placeholder={navigation.palette.label}
            value={query}
            onChange={(event) => {
              setQuery(event.currentTarget.value)
              setIndex(0)
            }}
            onKeyDown={onKeyDown}
            data-testid="palette-input"
          />
          <div id="palette-list" role="listbox" aria-label={navigation.palette.results} className="palette-list">
            {groups.map(({ name, commands: list }) => (
              <Fragment key={name}>
                <div className="palette-group" role="presentation">
                  {navigation.groups[name]}
                </div>
                {list.map((command) => (
                  <Option key={command.id} command={command} chosen={command === chosen} onRun={run} />
                ))}
              </Fragment>
            ))}
          </div>
          {matches.length === 0 && <p className="palette-none">{navigation.palette.noMatch({ query })}</p>}
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  )
}

const Option = ({
  command,
  chosen,
  onRun,
}: {
  readonly command: Command
  readonly chosen: boolean
  readonly onRun: (command: Command) => void
}) => (
  <button
    type="button"
    id={`palette-${command.id}`}
    role="option"
    aria-selected={chosen}
    tabIndex={-1}
    className="palette-option"
    ref={(node) => void (chosen && node?.scrollIntoView({ block: 'nearest' }))}
    onClick={() => onRun(command)}
  >
    {command.label}
  </button>
)

function grouped(commands: readonly Command[]): { readonly name: Command['group']; readonly commands: readonly Command[] }[] {
  const names = [...new Set(commands.map(({ group }) => group))]
  return names.map((name) => ({ name, commands: commands.filter(({ group }) => group === name) }))
}
