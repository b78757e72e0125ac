import type { SignInRules } from '../../../../shared/api/mfa.ts'
import { getRules, putRules } from '../../mfa/mfa-api.ts'
import { showToast } from '../../state/toast.ts'
import { settingsUsers } from '../../strings/settings-users.ts'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { useAction } from '../../ui/use-action.ts'
import { useLoad } from '../../ui/use-load.ts'

const rules = ['none', 'admins', 'everyone'] as const satisfies readonly SignInRules['require_mfa'][]

/** Chooses which users need two-factor authentication. */
export function RequireMfa() {
  const texts = settingsUsers.rule
  const current = useLoad(getRules)
  const { error, run } = useAction()
  if (current.value === undefined) return <ErrorNotice error={current.error} retry={() => void current.reload()} />
  const choose = (value: string) =>
    run(async () => {
      const rule = rules.find((candidate) => candidate === value)
      if (!rule) return
      try {
        await putRules({ require_mfa: rule })
        showToast(texts[`${rule}Notice`])
      } finally {
        await current.reload()
      }
    })
  return (
    <div className="card require-mfa">
      <label htmlFor="require-mfa">
        <strong>{texts.label}</strong>
        <span className="hint">{texts.hint}</span>
      </label>
      <select id="require-mfa" value={current.value.require_mfa} onChange={(event) => void choose(event.target.value)}>
        {rules.map((rule) => (
          <option key={rule} value={rule}>
            {texts[rule]}
          </option>
        ))}
      </select>
      <ErrorNotice error={error ?? current.error} />
    </div>
  )
}
