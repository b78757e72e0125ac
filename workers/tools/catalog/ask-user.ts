import { z } from 'zod'
import { askLimits } from '../../../shared/tool/ask.ts'
import { ToolFailure, tool } from '../../../shared/tool/tool.ts'

/** Asks the user. The call waits, and the answer is its result. */
export const askUser = tool({
  name: 'ask_user',
  description:
    'Asks the user a question and waits for the answer. For a decision or a fact that only the user knows, and that you cannot go on without.',
  arguments: {
    question: z.string().trim().min(1).max(2_000).meta({ description: 'One question, in the language of the user' }),
    choices: z
      .array(z.string().trim().min(1).max(askLimits.choiceUnits))
      .min(2)
      .max(askLimits.choices)
      .optional()
      .meta({ description: 'Answers to choose from. The user may also write another one' }),
  },
  effect: 'none',
  question: ({ question, choices }) => ({ text: question, choices }),
  run: () => {
    throw new ToolFailure('The session cannot ask its user.')
  },
})
