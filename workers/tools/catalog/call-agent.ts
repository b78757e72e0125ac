import { z } from 'zod'
import { callAgentName, delegationLimits } from '../../../shared/agent/delegation.ts'
import { PersonaId } from '../../../shared/persona/persona.ts'
import { ToolFailure, tool } from '../../../shared/tool/tool.ts'

/** Calls a sub-agent. The call waits, and the answer is its result. */
export const callAgent = tool({
  name: callAgentName,
  description:
    'Gives a task to another persona, which works on it in a conversation of its own and returns its answer. It knows only the message. It may do no more than you may.',
  arguments: {
    persona: PersonaId.meta({ description: 'The id of the persona. An unknown one is answered with those that there are' }),
    message: z
      .string()
      .trim()
      .min(1)
      .max(delegationLimits.messageUnits)
      .meta({ description: 'The whole task, with everything that the persona needs to know' }),
  },
  effect: 'idempotent',
  delegates: ({ persona, message }) => ({ persona_id: persona, message }),
  run: () => {
    throw new ToolFailure('A program cannot call sub-agents.')
  },
})
