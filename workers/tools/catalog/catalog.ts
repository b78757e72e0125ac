/** The tools there are, so far: two that need nothing. */
import { z } from 'zod'
import { type Tool, tool } from '../../../shared/tool/tool.ts'

export const tools: readonly Tool[] = [
  tool({
    name: 'echo',
    description: 'Returns the text that it is given.',
    arguments: { text: z.string().max(10_000) },
    effect: 'none',
    run: ({ text }) => text,
  }),
  tool({
    name: 'timestamp',
    description: 'The date and time now, in UTC (ISO 8601).',
    arguments: {},
    effect: 'none',
    run: () => new Date().toISOString(),
  }),
]
