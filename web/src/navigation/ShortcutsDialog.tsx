import { Fragment } from 'react'
import { closeOverlay } from '../state/overlay.ts'
import { useSignal } from '../state/signal.ts'
import { Modal } from '../ui/Modal.tsx'
import { mod, singleKeys } from './keys.ts'

const keys: readonly (readonly [string, readonly string[]])[] = [
  ['Send the message', ['Enter']],
  ['New line', ['Shift', 'Enter']],
  ['Stop the answer', ['Esc']],
  ['Search and commands', [mod, 'K']],
  ['New chat', [mod, 'Shift', 'O']],
  ['Show or hide the conversations', [mod, 'B']],
  ['Write a message', ['/']],
  ['This list', ['?']],
  ['Previous turn, next turn', ['Alt', '↑ ↓']],
  ['Move in the list of conversations', ['↑ ↓']],
  ['Rename the conversation in the list', ['F2']],
  ['Delete the conversation in the list', ['Del']],
]

/** Lists the keyboard shortcuts and switches single-key ones off. */
export default function ShortcutsDialog() {
  const single = useSignal(singleKeys)
  return (
    <Modal title="Keyboard" onClose={closeOverlay} testId="keys-dialog">
      <dl className="keys">
        {keys.map(([what, combination]) => (
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
        Single-key shortcuts (/ and ?)
      </label>
    </Modal>
  )
}
