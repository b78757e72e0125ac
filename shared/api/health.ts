/** Liveness and readiness of the platform. */
import { z } from 'zod'

/** The response of a running Worker. */
export const Liveness = z.object({ status: z.literal('ok') })
export type Liveness = z.infer<typeof Liveness>

/** The state of one dependency. `ms`: the time of its check. */
export const Dependency = z.object({
  name: z.string(),
  ok: z.boolean(),
  required: z.boolean().meta({ description: 'Whether conversations need this dependency' }),
  ms: z.int(),
  detail: z.string().optional(),
})
export type Dependency = z.infer<typeof Dependency>

/** The state of the platform. `down`: a required dependency fails. */
export const Readiness = z.object({ status: z.enum(['ok', 'degraded', 'down']), dependencies: z.array(Dependency) })
export type Readiness = z.infer<typeof Readiness>
