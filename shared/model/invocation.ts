/** A call of a model without a session: what the gateway sends to the conversation Worker, and the lines that it gets. */
import { z } from 'zod'
import type { InvokeModel } from '../api/models.ts'
import { Usage } from '../events/event.ts'
import type { Role } from '../identity/role.ts'
import type { ResponseFormat } from '../json-schema/response-format.ts'
import type { ToolSpec } from '../tool/tool.ts'
import type { ModelMessage } from './model.ts'

/** The caller of a model, from the verified principal. */
export interface ModelCaller {
  readonly tenant: string
  readonly subject: string
  /** The role of an API key, which may be less than that of its user. */
  readonly role_at_most?: Role | undefined
  /** The gateway's request. */
  readonly request: string
}

/** One call. */
export interface Invocation extends ModelCaller, Pick<InvokeModel, 'role' | 'messages' | 'persona_id' | 'overrides'> {
  /** The conversation with images, calls and results, in place of `messages`. System messages are instructions of the caller. */
  readonly prompt?: readonly ModelMessage[] | undefined
  /** Tools of the caller. Their calls are lines, and run nowhere here. */
  readonly tools?: readonly ToolSpec[] | undefined
  /** The form of the answer. It comes before that of the persona. */
  readonly response_format?: ResponseFormat | undefined
  /** The lines contain reasoning. */
  readonly reasoning?: boolean | undefined
}

/** Why a call failed. `denied`: the policy does not allow it. `budget`: the budget of today is used up. */
export const InvokeFault = z.enum(['failed', 'denied', 'budget'])
export type InvokeFault = z.infer<typeof InvokeFault>

/** One line of the NDJSON stream. `model` comes before the first output. `call`: of one of the caller's tools. The last line is `end`. A stream without it broke. */
export const InvokeLine = z.discriminatedUnion('type', [
  z.object({ type: z.literal('alive') }),
  z.object({ type: z.literal('model'), model: z.string(), base_url: z.string().nullable() }),
  z.object({ type: z.literal('text'), text: z.string() }),
  z.object({ type: z.literal('reasoning'), text: z.string() }),
  z.object({ type: z.literal('call'), name: z.string(), arguments: z.string() }),
  z.object({ type: z.literal('usage'), usage: Usage }),
  z.object({ type: z.literal('end'), truncated: z.boolean() }),
  z.object({ type: z.literal('failed'), fault: InvokeFault, reason: z.string() }),
])
export type InvokeLine = z.infer<typeof InvokeLine>
