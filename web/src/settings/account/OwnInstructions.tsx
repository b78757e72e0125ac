import '../personas/personas.css'
import { useState } from 'react'
import { personaLimits } from '../../../../shared/persona/persona-limits.ts'
import { unknownValue } from '../../../../shared/persona/template.ts'
import { showToast } from '../../state/toast.ts'
import { settings as shared } from '../../strings/settings.ts'
import { settingsAccount } from '../../strings/settings-account.ts'
import { Async } from '../../ui/Async.tsx'
import { Card } from '../../ui/Card.tsx'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { useAction } from '../../ui/use-action.ts'
import { useLoad } from '../../ui/use-load.ts'
import { InstructionsField } from '../personas/InstructionsField.tsx'
import { getOwnInstructions, putOwnInstructions } from './account-api.ts'

/** What the user tells every model. */
export function OwnInstructions() {
  const texts = settingsAccount.instructions
  const stored = useLoad(getOwnInstructions)
  return (
    <Card title={texts.title} description={texts.lead}>
      <Async load={stored}>{({ instructions }) => <InstructionsForm stored={instructions} />}</Async>
    </Card>
  )
}

function InstructionsForm({ stored }: { readonly stored: string }) {
  const texts = settingsAccount.instructions
  const [draft, setDraft] = useState(stored)
  const { busy, error, run } = useAction()
  const save = (event: { preventDefault(): void }) => {
    event.preventDefault()
    void run(async () => {
      await putOwnInstructions(draft)
      showToast(texts.savedNotice)
    })
  }
  return (
    <form onSubmit={save} data-testid="own-instructions">
      <div className="form-fields">
        <InstructionsField label={texts.label} value={draft} onChange={setDraft} units={personaLimits.ownInstructionUnits} />
      </div>
      <ErrorNotice error={error} />
      <div className="form-actions">
        <button
          type="submit"
          className="button primary"
          disabled={busy || unknownValue(draft) !== undefined}
          data-testid="save-own-instructions"
        >
          {busy ? shared.buttons.saving : shared.buttons.save}
        </button>
      </div>
    </form>
  )
}
