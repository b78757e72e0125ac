/** The port between a session object, which owns a turn, and a runner, which produces its answer. */
import { z } from 'zod'
import type { Delegation } from '../agent/delegation.ts'
import { Retrying } from '../events/delta.ts'
import { AnsweredBy, Effect, type Metadata, Omission, summaryUnits, Usage } from '../events/event.ts'
import type { Role } from '../identity/role.ts'
import type { ResponseFormat } from '../json-schema/response-format.ts'
import type { ModelMessage } from '../model/model.ts'

/** One attempt at one turn. The session object refuses an older token. */
export interface TurnJob {
  readonly tenant: string
  readonly session: string
  /** The model and its tools act with the rights of this user. */
  readonly subject: string
  /** The highest role that the model and its tools may use. */
  readonly role_at_most?: Role | undefined
  /** The persona of the turn, else of the session, if either has one. */
  readonly persona_id?: string | undefined
  /** The model profile that the message names. */
  readonly model?: string | undefined
  readonly turn_id: string
  /** Fencing token: grows with every attempt. */
  readonly token: number
  /** Lease duration without a received byte. Milliseconds. A runner sends three heartbeats in this time. */
  readonly lease_ms: number
  readonly messages: readonly ModelMessage[]
  readonly metadata: Metadata
  /** When the turn was accepted, Unix ms. */
  readonly at: number
  /** The branch has earlier turns that `messages` leaves out or shortens. */
  readonly partial?: true | undefined
  /** The session has no title yet but its first message, and no answer before this one. */
  readonly untitled?: true | undefined
  /** The call of another turn that this one answers. */
  readonly delegation?: Delegation | undefined
  /** The form of the answer that the message asks for. */
  readonly response_format?: ResponseFormat | undefined
  /** The session can begin an answer again: it reads `text_void`. */
  readonly restarts?: true | undefined
  /** The gateway's request that started the turn, for log lines. */
  readonly request?: string | undefined
}

/** Port: produces answers. Resolves when the attempt ends, for any reason. */
export interface Runner {
  run(job: TurnJob): Promise<void>
}

/**
 * One line of a runner's NDJSON stream. `alive` renews the lease while the model is silent. With `retry`, a failed call waits for its
 * next attempt. With `answered_by`, a model begins its answer. With `reasoning`, it thinks. With `context`, the prompt is reported. `end` with
 * `calls`: the model waits for the tools that it requested. With `truncated`, the text reached a length limit.
 * A stream that stops without `end` is a failed attempt.
 */
export const RunnerLine = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text'), text: z.string() }),
  z.object({
    type: z.literal('call'),
    name: z.string(),
    arguments: z.string(),
    effect: Effect,
    timeout_ms: z.int().min(1).max(600_000),
    checks: z.literal(true).optional(),
    provider_fields: z.string().max(16_384).optional(),
  }),
  z.object({ type: z.literal('usage'), usage: Usage }),
  z.object({
    type: z.literal('alive'),
    // A field, because session objects of the previous release refuse lines of an unknown type.
    retry: Retrying.pick({ cause: true, reason: true, attempt: true, attempts: true, after_ms: true }).optional(),
    answered_by: AnsweredBy.optional(),
    context: z
      .object({
        summary: z
          .object({
            through_turn_id: z.string(),
            first_turn: z.int().min(1),
            last_turn: z.int().min(1),
            text: z.string().min(1).max(summaryUnits),
            model: z.string(),
          })
          .optional(),
        omitted: z.object({ turns: z.int().min(1), reason: Omission }).optional(),
        estimated_tokens: z.int().min(0).optional(),
      })
      .optional(),
    /** The next text of the model's reasoning. */
    reasoning: z.string().optional(),
    /** The reasoning so far belongs to a call that failed. */
    reasoning_void: z.literal(true).optional(),
    /** The text so far is not an answer. Another one follows. */
    text_void: z.literal(true).optional(),
  }),
  z.object({
    type: z.literal('end'),
    outcome: z.enum(['completed', 'failed', 'calls']),
    reason: z.string().optional(),
    /** What the provider said: an excerpt without secrets. */
    detail: z.string().optional(),
    truncated: z.literal(true).optional(),
  }),
])
export type RunnerLine = z.infer<typeof RunnerLine>
/** What a runner reports about the next attempt of a model call. */
export type Retry = NonNullable<Extract<RunnerLine, { type: 'alive' }>['retry']>

/** Heartbeat interval of a silent runner. Milliseconds. It must stay below the lease (`SOMA_LEASE_MS`). */
export const aliveMs = 5_000

/** Limits of one model answer. `calls`: their number. The others: the length of a call's name and arguments, in UTF-16 units. */
export const callLimits = { calls: 16, nameUnits: 128, argumentsUnits: 65_536 } as const

/** Longest text of one line, in UTF-16 units, so that readers can bound their buffers. */
export const lineUnits = 8_192
