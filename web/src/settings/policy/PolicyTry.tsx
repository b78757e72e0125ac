import { Check, X } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import type { PolicyExplanation } from '../../../../shared/api/policy.ts'
import { useMe } from '../../state/me.ts'
import { settings } from '../../strings/settings.ts'
import { settingsPolicy } from '../../strings/settings-policy.ts'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { useAction } from '../../ui/use-action.ts'
import { Explanation } from './Explanation.tsx'
import { explainDecision } from './policy-api.ts'

/** Suggested actions. The input accepts any other action too. */
const actions = [
  'conversation.send',
  'conversation.read',
  'session.read',
  'session.share',
  'session.delete',
  'model.invoke',
  'memory.write',
  'tool.execute',
  'settings.read',
  'settings.update',
  'admin.users.update',
  'admin.policy.update',
  'admin.audit.read',
]
const roles = ['viewer', 'member', 'admin', 'owner'] as const
const relations = ['viewer', 'member', 'admin'] as const

/** The extra input of an action: the name of a tool or model, or a text. */
const extraInput: Readonly<Record<string, 'name' | 'text'>> = {
  'tool.execute': 'name',
  'model.invoke': 'name',
  'conversation.send': 'text',
  'memory.write': 'text',
}

/** Asks the policy for a decision and shows its reasons. */
export function PolicyTry() {
  const texts = settingsPolicy.evaluation
  const me = useMe()
  const [subject, setSubject] = useState(me?.subject ?? '')
  const [role, setRole] = useState('member')
  const [action, setAction] = useState('conversation.read')
  const [owner, setOwner] = useState('')
  const [shared, setShared] = useState('')
  const [extraValue, setExtraValue] = useState('')
  const [explained, setExplained] = useState<PolicyExplanation | null>(null)
  const { busy, error, run } = useAction()
  const tenant = me?.tenant ?? ''
  const extra = extraInput[action.trim()]
  const input = {
    principal: { id: subject.trim(), tenant, roles: [role], scopes: [] },
    action: action.trim(),
    resource: { tenant, ...(extra === 'name' ? { name: extraValue } : {}), ...(owner.trim() === '' ? {} : { owner: owner.trim() }) },
    context: {
      ...(shared === '' ? {} : { relations: relations.slice(0, relations.indexOf(shared as (typeof relations)[number]) + 1) }),
      ...(extra === 'text' ? { text: extraValue } : {}),
      ...(action.trim() === 'tool.execute' ? { arguments: {}, catalog: { enabled: true, scopes: [] } } : {}),
    },
  }
  const evaluate = (event: FormEvent) => {
    event.preventDefault()
    void run(async () => setExplained(await explainDecision(input)))
  }
  return (
    <section className="card" aria-label={texts.title}>
      <h2>{texts.title}</h2>
      <p className="lead">{texts.lead}</p>
      <form className="form form-fields" onSubmit={evaluate}>
        <label>
          {texts.subject}
          <input value={subject} onChange={(event) => setSubject(event.target.value)} autoComplete="off" spellCheck={false} required />
        </label>
        <label>
          {texts.role}
          <select value={role} onChange={(event) => setRole(event.target.value)}>
            {roles.map((option) => (
              <option key={option} value={option}>
                {settings.roles[option]}
              </option>
            ))}
          </select>
        </label>
        <label className="wide">
          {texts.action}
          <input
            list="policy-actions"
            value={action}
            onChange={(event) => setAction(event.target.value)}
            autoComplete="off"
            spellCheck={false}
            required
          />
          <datalist id="policy-actions">
            {actions.map((option) => (
              <option key={option} value={option} />
            ))}
          </datalist>
        </label>
        <label>
          {texts.owner}
          <input
            value={owner}
            onChange={(event) => setOwner(event.target.value)}
            placeholder={texts.noOwner}
            autoComplete="off"
            spellCheck={false}
          />
        </label>
        <label>
          {texts.shared}
          <select value={shared} onChange={(event) => setShared(event.target.value)}>
            <option value="">{texts.notShared}</option>
            {relations.map((option) => (
              <option key={option} value={option}>
                {settings.roles[option]}
              </option>
            ))}
          </select>
        </label>
        {extra && (
          <label className="wide">
            {extra === 'name' ? texts.extraName : texts.extraText}
            <input value={extraValue} onChange={(event) => setExtraValue(event.target.value)} autoComplete="off" spellCheck={false} />
          </label>
        )}
        <div className="form-actions wide">
          <button type="submit" className="button primary" disabled={busy} data-testid="decide">
            {busy ? texts.busyButton : texts.evaluateButton}
          </button>
        </div>
      </form>
      <ErrorNotice error={error} />
      <div role="status">
        {explained && (
          <p className={explained.allowed ? 'verdict allowed' : 'verdict denied'} data-testid="verdict">
            {explained.allowed ? <Check aria-hidden /> : <X aria-hidden />}
            <strong>{explained.allowed ? settingsPolicy.decisions.allowed : settingsPolicy.decisions.denied}</strong>
            {explained.reasons.map((reason) => (
              <code key={reason}>{reason}</code>
            ))}
          </p>
        )}
      </div>
      {explained && <Explanation explained={explained} input={input} />}
    </section>
  )
}
