/** Personas: who answers in a conversation. */
import { z } from 'zod'
import { longFields, Persona, PersonaId } from '../persona/persona.ts'
import { basedOn } from './based-on.ts'
import { UnixMs } from './unix-ms.ts'

/** A persona as the API returns it. */
export const PersonaView = Persona.extend({
  id: PersonaId,
  version: z.int().meta({ description: 'The version; each change increments it' }),
  owner: z.string().meta({ description: 'The user who made it' }),
  updated_at: UnixMs,
  updated_by: z.string(),
})
  .strip()
  .meta({ id: 'Persona' })
export type PersonaView = z.infer<typeof PersonaView>

/** A persona in the list, without its texts and tools. */
export const PersonaSummary = PersonaView.omit(longFields).meta({ id: 'PersonaSummary' })
export type PersonaSummary = z.infer<typeof PersonaSummary>

/** The personas that the caller may choose, by id. */
export const PersonaList = z.object({ personas: z.array(PersonaSummary) })
export type PersonaList = z.infer<typeof PersonaList>

/** A new persona. */
export const CreatePersona = Persona.extend({
  id: PersonaId.optional().meta({ description: 'The id that messages name. Without it the server chooses one' }),
})
export type CreatePersona = z.infer<typeof CreatePersona>

/** A changed persona, as a whole. */
export const PutPersona = Persona.extend({
  version: basedOn('GET /v1/personas/{persona}').min(1),
})
export type PutPersona = z.infer<typeof PutPersona>

/** Path of one persona. */
export const PersonaPath = z.object({ persona: PersonaId })
export type PersonaPath = z.infer<typeof PersonaPath>
