/** A call of a model without a session: what the gateway sends to the conversation Worker, and the lines that it gets. */
import { z } from 'zod'
import type { InvokeModel } from '../api/models.ts'
import { Usage } from '../events/event.ts'
import type { Role } from '../identity/role.ts'

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
export interface Invocation extends ModelCaller, Pick<InvokeModel, 'role' | 'messages' | 'persona_id' | 'overrides'> {}

/** Why a call failed. `denied`: the policy does not allow it. `budget`: the budget of today is used up. */
export const InvokeFault = z.enum(['failed', 'denied', 'budget'])
export type InvokeFault = z.infer<typeof InvokeFault>

/** One line of the NDJSON stream. `model` comes before the first text. The last line is `end`. A stream without it broke. */
export const InvokeLine = z.discriminatedUnion('type', [
  z.object({ type: z.literal('alive') }),
  z.object({ type: z.literal('model'), model: z.string(), base_url: z.string().nullable() }),
  z.object({ type: z.literal('text'), text: z.string() }),
  z.object({ type: z.literal('usage'), usage: Usage }),
  z.object({ type: z.literal('end'), truncated: z.boolean() }),
  z.object({ type: z.literal('failed'), fault: InvokeFault, reason: z.string() }),
])
export type InvokeLine = z.infer<typeof InvokeLine>
