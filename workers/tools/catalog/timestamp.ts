import { z } from 'zod'
import { tool } from '../../../shared/tool/tool.ts'

/** The formats that `tool_policy.rego` allows. */
const formats = {
  ISO: (now: Date) => now.toISOString(),
  RFC3339: (now: Date) => now.toISOString().replace(/\.\d+Z$/, 'Z'),
  UNIX: (now: Date) => String(Math.floor(now.getTime() / 1_000)),
  US: (now: Date) => now.toISOString().replace(/^(\d+)-(\d+)-(\d+)T([\d:]+).*$/, '$2/$3/$1 $4'),
} as const
type Format = keyof typeof formats

/** Returns the current time. */
export const timestamp = tool({
  name: 'timestamp',
  description: 'The date and time now, in UTC.',
  arguments: {
    format: z
      .enum(Object.keys(formats) as [Format, ...Format[]])
      .optional()
      .meta({
        description: '`ISO` (the default) with milliseconds, `RFC3339` with seconds, `UNIX` seconds since 1970, or `US` month/day/year',
      }),
  },
  effect: 'none',
  run: ({ format = 'ISO' }, { services }) => formats[format](new Date(services.now())),
})
