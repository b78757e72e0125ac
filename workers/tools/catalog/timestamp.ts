import { tool } from '../../../shared/tool/tool.ts'

/** Returns the current time. */
export const timestamp = tool({
  name: 'timestamp',
  description: 'The date and time now, in UTC (ISO 8601).',
  arguments: {},
  effect: 'none',
  run: () => new Date().toISOString(),
})
