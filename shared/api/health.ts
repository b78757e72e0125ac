/** Liveness and readiness of the platform. */
import { z } from 'zod'

export const Liveness = z.object({ status: z.literal('ok') })
export type Liveness = z.infer<typeof Liveness>

export const Dependency = z.object({
  name: z.string(),
  ok: z.boolean(),
  required: z.boolean().meta({ description: 'Whether conversations need this dependency' }),
  ms: z.int(),
  detail: z.string().optional(),
})
export type Dependency = z.infer<typeof Dependency>

export const Readiness = z.object({ status: z.enum(['ok', 'degraded', 'down']), dependencies: z.array(Dependency) })
export type Readiness = z.infer<typeof Readiness>
