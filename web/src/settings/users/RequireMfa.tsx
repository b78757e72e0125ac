import type { SignInRules } from '../../../../shared/api/mfa.ts'
import { getRules, putRules } from '../../mfa/mfa-api.ts'
import { showToast } from '../../state/toast.ts'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { useAction } from '../../ui/use-action.ts'
import { useLoad } from '../../ui/use-load.ts'

const rules = [
  { value: 'none', label: 'No one', doneText: 'The second factor is optional' },
  { value: 'admins', label: 'Owners and admins', doneText: 'Owners and admins need a second factor now' },
  { value: 'everyone', label: 'Everyone', doneText: 'Everyone needs a second factor now' },
] as const satisfies readonly { readonly value: SignInRules['require_mfa']; readonly label: string; readonly doneText: string }[]

/** Chooses which users need a second factor. */
export function RequireMfa() {
  const current = useLoad(getRules)
  const { error, run } = useAction()
  if (current.value === undefined) return <ErrorNotice error={current.error} retry={() => void current.reload()} />
  const choose = (value: string) =>
    run(async () => {
      const rule = rules.find((candidate) => candidate.value === value)
      if (!rule) return
      try {
        await putRules({ require_mfa: rule.value })
        showToast(rule.doneText)
      } finally {
        await current.reload()
      }
    })
  return (
    <div className="card require-mfa">
      <label htmlFor="require-mfa">
        <strong>Second factor required for</strong>
        <span className="hint">Users without one must set it up at their next request. API keys are not affected.</span>
      </label>
      <select id="require-mfa" value={current.value.require_mfa} onChange={(event) => void choose(event.target.value)}>
        {rules.map(({ value, label }) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </select>
      <ErrorNotice error={error ?? current.error} />
    </div>
  )
}
