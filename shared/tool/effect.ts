/** What a repeated run of a tool changes. */
import { z } from 'zod'

/** The effect of a repeated run: none, the same effect once, or a new effect each time. */
export const Effect = z.enum(['none', 'idempotent', 'once'])
export type Effect = z.infer<typeof Effect>
