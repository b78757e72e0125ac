/** The persona of a turn, for the decision about its tool calls. */
import { unlessOlder } from '../../shared/older-release.ts'
import { mayUse, type StoredPersona } from '../../shared/persona/persona.ts'
import type { CallJob } from '../../shared/tool/executor.ts'
import type { JudgedPersona } from './judge.ts'

/** The bindings that it needs. */
interface PersonaBindings {
  readonly TENANT: { getByName(tenant: string): { persona(id: string): Promise<StoredPersona | null> } }
}

/** The persona of the call's turn. Null: none, or one that the owner of the session may not use any more. Rejects while it is unknown. */
export async function judgedPersona(
  { tenant, persona_id, subject }: Pick<CallJob, 'tenant' | 'persona_id' | 'subject'>,
  env: PersonaBindings,
): Promise<JudgedPersona | null> {
  if (persona_id === undefined) return null
  const stored = await unlessOlder(() => env.TENANT.getByName(tenant).persona(persona_id))
  if (!stored || !mayUse(stored, subject)) return null
  return { id: stored.id, version: stored.version, tools: stored.persona.tools, approval: stored.persona.approval ?? 'never' }
}
