/** The persona and the instructions of a turn. */
import type { PayingPersona } from '../../../shared/limits/budget.ts'
import { type JobIds, jobFields } from '../../../shared/log/fields.ts'
import { unlessOlder } from '../../../shared/older-release.ts'
import { type Instruction, instructionParts } from '../../../shared/persona/instructions.ts'
import type { StoredInstructions } from '../../../shared/persona/own-instructions.ts'
import { mayUse, type StoredPersona } from '../../../shared/persona/persona.ts'
import { dateIn, usesValue } from '../../../shared/persona/template.ts'
import type { Settings } from '../../../shared/settings/settings.ts'
import type { TurnJob } from '../../../shared/turn/runner.ts'
import { logger } from '../logger.ts'

/** The bindings that it needs. */
interface PersonaBindings {
  readonly TENANT: { getByName(tenant: string): { persona(id: string): Promise<StoredPersona | null> } }
  readonly ACCOUNTS: {
    getByName(tenant: string): {
      user(subject: string): Promise<{ readonly name: string } | null>
      ownInstructions(subject: string): Promise<StoredInstructions | null>
    }
  }
}

/** A turn, or a call of a model without a session. */
export type PersonaJob = JobIds & Pick<TurnJob, 'persona_id' | 'subject' | 'metadata' | 'at'>

/** Who answers a turn. */
export interface TurnPersona {
  /** Null: none, or one that the owner of the session may not use any more. */
  readonly stored: StoredPersona | null
  /** The parts of the instructions, in their order. */
  readonly instructions: readonly Instruction[]
}

/** The persona of `job`. Null: none. Rejects while the tenant object is unavailable: a turn never runs without its instructions. */
export async function personaOf(
  env: Pick<PersonaBindings, 'TENANT'>,
  { tenant, persona_id, subject }: Pick<PersonaJob, 'tenant' | 'persona_id' | 'subject'>,
): Promise<StoredPersona | null> {
  if (persona_id === undefined) return null
  // A tenant object of an earlier release has no personas.
  const stored = await unlessOlder(() => env.TENANT.getByName(tenant).persona(persona_id))
  return stored && mayUse(stored, subject) ? stored : null
}

/** The personas of the turns above `job`: each pays for what it delegates. Rejects while the tenant object is unavailable. */
export function personasAbove(
  env: Pick<PersonaBindings, 'TENANT'>,
  job: PersonaJob & Pick<TurnJob, 'delegation'>,
): Promise<PayingPersona[]> {
  const ids = [...new Set(job.delegation?.callers.flatMap(({ persona_id }) => persona_id ?? []))]
  return Promise.all(
    ids.map(async (persona_id) => ({ id: persona_id, own: (await personaOf(env, { ...job, persona_id }))?.persona.budget ?? null })),
  )
}

/**
 * The own instructions of the session's owner, as a template. Empty for a call without a session, and for a message of another user: it
 * would make the model act on what that user never wrote. Rejects while the accounts object is unavailable.
 */
export async function ownInstructionsOf(env: Pick<PersonaBindings, 'ACCOUNTS'>, job: PersonaJob): Promise<string> {
  if (job.session === undefined || job.metadata.sent_by !== undefined) return ''
  const stored = await env.ACCOUNTS.getByName(job.tenant).ownInstructions(job.subject)
  return stored?.instructions ?? ''
}

/** The persona with the whole instructions of the turn. */
export async function turnPersona(
  env: PersonaBindings,
  job: PersonaJob,
  settings: Settings,
  stored: StoredPersona | null,
  user = '',
): Promise<TurnPersona> {
  const sources = { workspace: settings.instructions.workspace, persona: stored?.persona.instructions ?? '', user }
  const templates = Object.values(sources)
  if (templates.every((template) => template === '')) return { stored, instructions: [] }
  const name = templates.some((template) => usesValue(template, 'user.name')) ? await nameOf(env, job) : ''
  const values = { ...dateIn(job.metadata.time_zone, job.at), 'user.name': name, workspace: job.tenant }
  return { stored, instructions: instructionParts(sources, values, stored?.id) }
}

/** The name of the session's owner. Without one: the subject. */
async function nameOf(env: Pick<PersonaBindings, 'ACCOUNTS'>, job: PersonaJob): Promise<string> {
  try {
    return (await env.ACCOUNTS.getByName(job.tenant).user(job.subject))?.name || job.subject
  } catch (error) {
    logger.write('accounts.unreachable', { error, ...jobFields(job) })
    return job.subject
  }
}
