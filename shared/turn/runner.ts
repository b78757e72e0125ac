/** The border between a session object, which owns a turn, and a runner, which makes its answer. */
import { z } from 'zod'
import { Effect, type Metadata, Usage } from '../events/event.ts'
import type { Role } from '../identity/role.ts'
import type { ModelMessage } from '../model/model.ts'

/** One attempt at one turn. Whoever holds an older token is refused. */
export interface TurnJob {
  readonly tenant: string
  readonly session: string
  /** Who asked: the model, and what it calls, act with the rights of this user. */
  readonly subject: string
  /** But with no more than this role has. */
  readonly role_at_most?: Role | undefined
  /** The persona that the session speaks as, if it was given one. */
  readonly persona_id?: string | undefined
  readonly turn_id: string
  /** Fencing token: grows with every attempt. */
  readonly token: number
  /** How long the lease lasts without a byte, ms: the runner says three times as often that it lives. */
  readonly lease_ms: number
  readonly messages: readonly ModelMessage[]
  readonly metadata: Metadata
  /** When the turn was accepted, Unix ms. */
  readonly at: number
}

/** Port: makes answers. Resolves when the attempt is over, however it ended. */
export interface Runner {
  run(job: TurnJob): Promise<void>
}

/**
 * One line of the NDJSON stream a runner hands over, before it calls the model. `alive` keeps the lease while the model is
 * silent. `end` with `calls`: the model is done, and waits for the tools that it asked for. Bytes that stop without `end` are a failed
 * attempt.
 */
export const RunnerLine = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text'), text: z.string() }),
  z.object({
    type: z.literal('call'),
    name: z.string(),
    arguments: z.string(),
    effect: Effect,
    timeout_ms: z.int().min(1).max(600_000),
  }),
  z.object({ type: z.literal('usage'), usage: Usage }),
  z.object({ type: z.literal('alive') }),
  z.object({ type: z.literal('end'), outcome: z.enum(['completed', 'failed', 'calls']), reason: z.string().optional() }),
])
export type RunnerLine = z.infer<typeof RunnerLine>

/** How long a lease lasts without a byte, and how often a silent runner says that it lives. Milliseconds. */
export const leaseMs = 15_000
export const aliveMs = 5_000

/** What a model may ask for at once, and how long the name and the arguments of one call may be, in UTF-16 units. */
export const callLimits = { calls: 16, nameUnits: 128, argumentsUnits: 65_536 } as const

/** UTF-16 units of text in one line, at most, so that whoever reads lines can bound its buffer. */
export const lineUnits = 8_192
