/** Hands a judged call to a sub-agent: the persona must be one that the user may choose. */
import type { Caller, DelegateRequest } from '../../shared/agent/delegation.ts'
import { unlessOlder } from '../../shared/older-release.ts'
import { mayUse, type PersonaEntry, type StoredPersona } from '../../shared/persona/persona.ts'
import type { CallJob } from '../../shared/tool/executor.ts'
import type { JudgedPersona } from './judge.ts'

/** The personas that a refusal names. */
const namedPersonas = 20

/** The bindings that it needs. */
interface PersonaBindings {
  readonly TENANT: {
    getByName(tenant: string): { persona(id: string): Promise<StoredPersona | null>; personas(): Promise<PersonaEntry[]> }
  }
}

/** Null: the user may choose the persona. Else why not, in words for the model. Rejects while the personas are unknown. */
export async function personaProblem({ tenant, subject }: CallJob, persona_id: string, env: PersonaBindings): Promise<string | null> {
  const object = env.TENANT.getByName(tenant)
  const stored = await unlessOlder(() => object.persona(persona_id))
  if (stored && mayUse(stored, subject)) return null
  const usable = ((await unlessOlder(() => object.personas())) ?? []).filter((entry) => mayUse(entry, subject))
  if (usable.length === 0) return `There is no persona ${JSON.stringify(persona_id)}, and the workspace has no other one.`
  const names = usable.slice(0, namedPersonas).map(({ id, persona }) => `${id} (${persona.description || persona.name})`)
  return `There is no persona ${JSON.stringify(persona_id)}. There are: ${names.join(', ')}.`
}

/** What the session records. Tools and rule of the caller are those of its persona now, so a later change of the persona widens nothing. */
export function delegateRequest(to: Pick<DelegateRequest, 'persona_id' | 'message'>, persona: JudgedPersona | null): DelegateRequest {
  const { approval = 'never', tools = null } = persona ?? {}
  const caller: Caller = {
    ...{ persona_id: persona?.id ?? null, tools: tools && [...tools] },
    ...(approval !== 'never' && { approval }),
  }
  return { ...to, caller }
}
