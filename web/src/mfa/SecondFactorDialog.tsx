import { type FormEvent, useState } from 'react'
import { Modal } from '../ui/Modal.tsx'
import { useAction } from '../ui/use-action.ts'
import { CodeField } from './CodeField.tsx'
import { Enrol } from './Enrol.tsx'
import { disableMfa, renewCodes } from './mfa-api.ts'
import { keepCodesText, RecoveryCodes } from './RecoveryCodes.tsx'

export type Task = 'enrol' | 'replace' | 'renew' | 'disable'

const dialogTexts: Readonly<Record<Task, { readonly title: string; readonly description: string; readonly act: string }>> = {
  enrol: { title: 'Set up a second factor', description: '', act: '' },
  replace: {
    title: 'Move to another device',
    description: 'Enter a code from your current app, or a recovery code. The current app works until the new one is confirmed.',
    act: 'Continue',
  },
  renew: {
    title: 'New recovery codes',
    description: 'The earlier codes will stop working. Enter a code from your app.',
    act: 'Make new codes',
  },
  disable: {
    title: 'Turn off the second factor?',
    description: 'Signing in will no longer require a code. Enter a code from your app, or a recovery code.',
    act: 'Turn off',
  },
}

interface Props {
  readonly task: Task
  /** `done`: the task was completed, not cancelled. */
  readonly onEnd: (done: boolean) => void
}

/** Changes the second factor. Asks for a current code where one exists, and shows new recovery codes once at the end. */
export function SecondFactorDialog({ task, onEnd }: Props) {
  const [code, setCode] = useState<string | null>(null)
  const [recovery, setRecovery] = useState<readonly string[] | null>(null)
  const { busy, error, run } = useAction()
  const { title, description, act } = dialogTexts[task]
  if (recovery)
    return (
      <Modal title="Save your recovery codes" description={keepCodesText} onClose={null} testId="recovery-dialog">
        <RecoveryCodes codes={recovery} onKept={() => onEnd(true)} />
      </Modal>
    )
  if (task === 'enrol' || code !== null)
    return (
      <Modal title={task === 'enrol' ? title : 'Set up the new device'} onClose={() => onEnd(false)} testId="enrol-dialog">
        <Enrol code={code ?? undefined} onVerified={setRecovery} onCancel={() => onEnd(false)} />
      </Modal>
    )
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const enteredCode = String(new FormData(event.currentTarget).get('code'))
    void run(async () => {
      if (task === 'replace') return setCode(enteredCode)
      if (task === 'renew') return setRecovery(await renewCodes(enteredCode))
      await disableMfa(enteredCode)
      onEnd(true)
    })
  }
  return (
    <Modal title={title} description={description} onClose={() => onEnd(false)} testId="code-dialog">
      <form className="code-form in-dialog" onSubmit={submit}>
        <CodeField label="Code" either={task !== 'renew'} error={error} />
        <div className="modal-actions">
          <button type="button" className="button" onClick={() => onEnd(false)}>
            Cancel
          </button>
          <button
            type="submit"
            className={task === 'disable' ? 'button danger' : 'button primary'}
            disabled={busy}
            data-testid="confirm-code"
          >
            {busy ? 'Checking…' : act}
          </button>
        </div>
      </form>
    </Modal>
  )
}
