/** What a persona changes in the request of a model call. */
import type { AnsweredBy } from '../../../shared/events/event.ts'
import { textHash } from '../../../shared/lib/text-hash.ts'
import { ModelError, type ModelMessage } from '../../../shared/model/model.ts'
import { estimateTokens } from '../../../shared/model/tokens.ts'
import type { StoredPersona } from '../../../shared/persona/persona.ts'
import type { ToolSpec } from '../../../shared/tool/tool.ts'

/** `messages` after the instructions, which are the only system message. */
export const withInstructions = (messages: readonly ModelMessage[], instructions: string): readonly ModelMessage[] =>
  instructions === '' ? messages : [{ role: 'system', text: instructions }, ...messages]

/** The offered tools that the persona has. */
export const toolsOf = (stored: StoredPersona | null, tools: readonly ToolSpec[]): readonly ToolSpec[] => {
  const names = stored?.persona.tools
  return names ? tools.filter(({ name }) => names.includes(name)) : tools
}

/** The persona in the record of an answer. */
export const answererOf = (stored: StoredPersona | null, instructions: string): Omit<AnsweredBy, 'model'> => ({
  ...(stored && { persona_id: stored.id, persona_version: stored.version }),
  ...(stored?.persona.memory === 'off' && { memory: 'off' }),
  ...(instructions !== '' && { instructions_sha256: textHash(instructions) }),
})

/** Throws `ModelError` if the instructions take more than half of the room for the conversation. */
export function requireRoom(
  messages: readonly ModelMessage[],
  { name, historyTokens }: { readonly name: string; readonly historyTokens: number },
): void {
  const [first] = messages
  if (first?.role !== 'system') return
  const tokens = estimateTokens(first.text)
  if (tokens <= historyTokens / 2) return
  throw new ModelError(
    `The instructions have about ${tokens} tokens, and \`${name}\` has room for ${historyTokens}. Shorten them to half of the room, or choose a model with a larger window.`,
  )
}
