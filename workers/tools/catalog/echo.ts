import { z } from 'zod'
import { tool } from '../../../shared/tool/tool.ts'

/** Returns its argument. */
export const echo = tool({
  name: 'echo',
  description: 'Returns its text unchanged.',
  arguments: { text: z.string().max(10_000) },
  effect: 'none',
  run: ({ text }) => text,
})
