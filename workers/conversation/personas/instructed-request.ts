/** What a persona changes in the request of a model call. */
import type { AnsweredBy } from '../../../shared/events/event.ts'
import { textHash } from '../../../shared/lib/text-hash.ts'
import { type Instruction, instructionText } from '../../../shared/persona/instructions.ts'
import type { StoredPersona } from '../../../shared/persona/persona.ts'

/** The persona in the record of an answer. `isForgotten`: the turn stays out of memory. */
export const answererOf = (
  stored: StoredPersona | null,
  instructions: readonly Instruction[],
  isForgotten: boolean,
): Omit<AnsweredBy, 'model'> => ({
  ...(stored && { persona_id: stored.id, persona_version: stored.version }),
  ...(isForgotten && { memory: 'off' }),
  ...(instructions.length > 0 && { instructions_sha256: textHash(instructionText(instructions)) }),
})
