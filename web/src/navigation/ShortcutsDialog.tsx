import { Fragment } from 'react'
import { closeOverlay } from '../state/overlay.ts'
import { useSignal } from '../state/signal.ts'
import { navigation } from '../strings/navigation.ts'
import { Modal } from '../ui/Modal.tsx'
import { mod, singleKeys } from './keys.ts'

/** What each combination does. */
function shortcuts(): readonly (readonly [string, readonly string[]])[] {
  const { shortcuts: strings, keys } = navigation
  return [
    [strings.send, [keys.enter]],
    [strings.newLine, [keys.shift, keys.enter]],
    [strings.stop, [keys.escape]],
    [strings.search, [mod(), 'K']],
    [strings.newChat, [mod(), keys.shift, 'O']],
    [strings.toggleList, [mod(), 'B']],
    [strings.write, ['/']],
    [strings.thisList, ['?']],
    [strings.turns, [keys.alt, '↑ ↓']],
    [strings.moveInList, ['↑ ↓']],
    [strings.rename, ['F2']],
    [strings.remove, [keys.delete]],
  ]
}

/** Lists the keyboard shortcuts and switches single-key ones off. */
export default function ShortcutsDialog() {
  const single = useSignal(singleKeys)
  return (
    <Modal title={navigation.shortcuts.title} onClose={closeOverlay} testId="keys-dialog">
      <dl className="keys">
        {shortcuts().map(([what, combination]) => (
          <div key={what}>
            <dt>{what}</dt>
            <dd>
              {combination.map((key) => (
                <Fragment key={key}>
                  <kbd>{key}</kbd>{' '}
                </Fragment>
              ))}
            </dd>
          </div>
        ))}
      </dl>
      <label className="check">
        <input type="checkbox" checked={single} onChange={(event) => singleKeys.set(event.currentTarget.checked)} />
        {navigation.shortcuts.singleKeys}
      </label>
    </Modal>
  )
}
