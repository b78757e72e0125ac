import { type FormEvent, useState } from 'react'
import { mfa } from '../strings/mfa.ts'
import { Modal } from '../ui/Modal.tsx'
import { useAction } from '../ui/use-action.ts'
import { CodeField } from './CodeField.tsx'
import { Enrol } from './Enrol.tsx'
import { disableMfa, renewCodes } from './mfa-api.ts'
import { RecoveryCodes } from './RecoveryCodes.tsx'

export type Task = 'enrol' | 'replace' | 'renew' | 'disable'

/** The texts of a task, until its code is entered. */
function dialogTexts(task: Task): { readonly title: string; readonly description: string; readonly act: string } {
  const { dialog } = mfa
  switch (task) {
    case 'enrol':
      return { title: dialog.enrolTitle, description: '', act: '' }
    case 'replace':
      return { title: dialog.replaceTitle, description: dialog.replace, act: mfa.code.continueButton }
    case 'renew':
      return { title: dialog.renewTitle, description: dialog.renew, act: dialog.renewButton }
    case 'disable':
      return { title: dialog.disableTitle, description: dialog.disable, act: dialog.disableButton }
  }
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
  const { title, description, act } = dialogTexts(task)
  if (recovery)
    return (
      <Modal title={mfa.recovery.title} description={mfa.recovery.text} onClose={null} testId="recovery-dialog">
        <RecoveryCodes codes={recovery} onKept={() => onEnd(true)} />
      </Modal>
    )
  if (task === 'enrol' || code !== null)
    return (
      <Modal title={task === 'enrol' ? title : mfa.dialog.newDeviceTitle} onClose={() => onEnd(false)} testId="enrol-dialog">
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
        <CodeField label={mfa.code.label} either={task !== 'renew'} error={error} />
        <div className="modal-actions">
          <button type="button" className="button" onClick={() => onEnd(false)}>
            {mfa.code.cancelButton}
          </button>
          <button
            type="submit"
            className={task === 'disable' ? 'button danger' : 'button primary'}
            disabled={busy}
            data-testid="confirm-code"
          >
            {busy ? mfa.code.checking : act}
          </button>
        </div>
      </form>
    </Modal>
  )
}
