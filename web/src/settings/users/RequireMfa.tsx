import type { SignInRules } from '../../../../shared/api/sessions.ts'
import { getRules, putRules } from '../../mfa/mfa-api.ts'
import { showToast } from '../../state/toast.ts'
import { toUserError } from '../../state/user-error.ts'
import { useLoad } from '../../ui/use-load.ts'

const rules = [
  { value: 'none', label: 'Nobody', said: 'A second factor is everyone’s own choice' },
  { value: 'admins', label: 'Owners and admins', said: 'Owners and admins need a second factor now' },
  { value: 'everyone', label: 'Everyone', said: 'Everyone needs a second factor now' },
] as const satisfies readonly { readonly value: SignInRules['require_mfa']; readonly label: string; readonly said: string }[]

/** Of whom the tenant demands a second factor. */
export function DemandMfa() {
  const [loaded, again] = useLoad(getRules)
  if (loaded.kind !== 'ready') return null
  const choose = async (value: string) => {
    const rule = rules.find((one) => one.value === value)
    if (!rule) return
    try {
      await putRules({ require_mfa: rule.value })
      showToast(rule.said)
    } catch (error) {
      const { title, detail } = toUserError(error)
      showToast(`${title}. ${detail}`, 'error')
    }
    await again()
  }
  return (
    <div className="demand-mfa">
      <label htmlFor="demand-mfa">
        <strong>Second factor demanded of</strong>
        <span className="hint">Who has none sets one up at the next step they take here. API keys go on as they are.</span>
      </label>
      <select id="demand-mfa" value={loaded.value.require_mfa} onChange={(event) => void choose(event.target.value)}>
        {rules.map(({ value, label }) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </select>
    </div>
  )
}
