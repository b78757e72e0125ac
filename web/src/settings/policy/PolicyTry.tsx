import { Check, X } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { useMe } from '../../state/me.ts'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { useAction } from '../../ui/use-action.ts'
import { Explanation } from './Explanation.tsx'
import { type Explained, explainDecision } from './policy-api.ts'

/** Actions that are worth trying first; any other may be written. */
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
const roles = ['viewer', 'member', 'admin', 'owner']
const relations = ['viewer', 'member', 'admin'] as const

/** What of such an action is heard besides. */
const heard: Readonly<Record<string, 'Name' | 'Text'>> = {
  'tool.execute': 'Name',
  'model.invoke': 'Name',
  'conversation.send': 'Text',
  'memory.write': 'Text',
}

/** A question to the policy, and its answer with the reasons. */
export function PolicyTry() {
  const me = useMe()
  const [subject, setSubject] = useState(me?.subject ?? '')
  const [role, setRole] = useState('member')
  const [action, setAction] = useState('conversation.read')
  const [owner, setOwner] = useState('')
  const [shared, setShared] = useState('')
  const [about, setAbout] = useState('')
  const [told, setTold] = useState<Explained | null>(null)
  const { busy, error, run } = useAction()
  const tenant = me?.tenant ?? ''
  const of = heard[action.trim()]
  const input = {
    principal: { id: subject.trim(), tenant, roles: [role], scopes: [] },
    action: action.trim(),
    resource: { tenant, ...(of === 'Name' ? { name: about } : {}), ...(owner.trim() === '' ? {} : { owner: owner.trim() }) },
    context: {
      ...(shared === '' ? {} : { relations: relations.slice(0, relations.indexOf(shared as (typeof relations)[number]) + 1) }),
      ...(of === 'Text' ? { text: about } : {}),
      ...(action.trim() === 'tool.execute' ? { arguments: {}, catalog: { enabled: true, scopes: [] } } : {}),
    },
  }
  const decide = (event: FormEvent) => {
    event.preventDefault()
    void run(async () => setTold(await explainDecision(input)))
  }
  return (
    <section className="section" aria-label="Try a decision">
      <h2>Try a decision</h2>
      <p className="lead">Ask what the policy would say, and why. Nothing is done.</p>
      <form className="form policy-form" onSubmit={decide}>
        <label>
          Who
          <input value={subject} onChange={(event) => setSubject(event.target.value)} autoComplete="off" spellCheck={false} required />
        </label>
        <label>
          Role
          <select value={role} onChange={(event) => setRole(event.target.value)}>
            {roles.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
        </label>
        <label className="policy-wide">
          Action
          <input
            list="policy-actions"
            value={action}
            onChange={(event) => setAction(event.target.value)}
            autoComplete="off"
            spellCheck={false}
            required
          />
          <datalist id="policy-actions">
            {actions.map((one) => (
              <option key={one} value={one} />
            ))}
          </datalist>
        </label>
        <label>
          On what belongs to
          <input
            value={owner}
            onChange={(event) => setOwner(event.target.value)}
            placeholder="nobody yet"
            autoComplete="off"
            spellCheck={false}
          />
        </label>
        <label>
          Shared with them as
          <select value={shared} onChange={(event) => setShared(event.target.value)}>
            <option value="">not shared</option>
            {relations.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
        </label>
        {of && (
          <label className="policy-wide">
            {of}
            <input value={about} onChange={(event) => setAbout(event.target.value)} autoComplete="off" spellCheck={false} />
          </label>
        )}
        <div className="policy-wide">
          <button type="submit" className="button primary" disabled={busy} data-testid="decide">
            {busy ? 'Asking…' : 'Decide'}
          </button>
        </div>
      </form>
      <ErrorNotice error={error} />
      <div role="status">
        {told && (
          <p className={told.allowed ? 'verdict allowed' : 'verdict denied'} data-testid="verdict">
            {told.allowed ? <Check aria-hidden /> : <X aria-hidden />}
            <strong>{told.allowed ? 'Allowed' : 'Denied'}</strong>
            {told.reasons.map((reason) => (
              <code key={reason}>{reason}</code>
            ))}
          </p>
        )}
      </div>
      {told && <Explanation told={told} input={input} />}
    </section>
  )
}
