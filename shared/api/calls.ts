/** Tool calls that wait for a user: what is asked, decisions, and approvals for later calls. */
import { z } from 'zod'
import { Effect, Resolution } from '../events/event.ts'
import { Role } from '../identity/role.ts'
import { askFields, askLimits } from '../tool/ask.ts'
import { limits } from './limits.ts'
import { SessionPath } from './sessions.ts'
import { UnixMs } from './unix-ms.ts'

/** Path of one tool call. */
export const CallPath = SessionPath.extend({ call: z.string().max(64) })
export type CallPath = z.infer<typeof CallPath>

/** A call that waits for a user. */
export const PendingCall = z.object({
  call_id: z.string(),
  turn_id: z.string(),
  name: z.string(),
  effect: Effect.meta({ description: 'The risk: `none` changes nothing; `once` has a new effect with every run' }),
  reason: z.string().meta({ description: 'What must be decided, in words, or the question' }),
  until: UnixMs,
  requester: z.string().meta({ description: 'The user who asked for the turn' }),
  role_at_most: Role.optional().meta({ description: 'The highest role that the call acts with, if the turn has one' }),
  ...askFields,
})
export type PendingCall = z.infer<typeof PendingCall>

/** A user's decision about a call that waits for approval, or the answer to a question. */
export const DecideCall = z.object({
  approved: z.boolean().meta({ description: 'For a question: whether it is answered' }),
  reason: z.string().trim().max(limits.reasonUnits).optional().meta({ description: 'Why it is declined. The model receives it' }),
  arguments: z
    .record(z.string(), z.unknown())
    .optional()
    .meta({ description: 'Runs the call with these arguments. They are checked as those of the model' }),
  answer: z
    .string()
    .trim()
    .min(1, 'must not be empty')
    .max(askLimits.answerUnits)
    .optional()
    .meta({ description: 'For a question: the answer' }),
  remember: z
    .boolean()
    .optional()
    .meta({ description: 'Later calls of this tool in this conversation run without an approval, unless the rule is `always`' }),
  binding: z
    .string()
    .max(64)
    .optional()
    .meta({ description: 'The `binding` that the user saw. If the call asks something else now, the response is 409' }),
})
export type DecideCall = z.infer<typeof DecideCall>

/** The recorded decision about a tool call. */
export const CallDecision = z.object({ call_id: z.string(), approved: z.boolean() })
export type CallDecision = z.infer<typeof CallDecision>

/** What became of a call that was cut off. */
export const ResolveCall = z.object({ outcome: Resolution })
export type ResolveCall = z.infer<typeof ResolveCall>

/** The recorded answer. */
export const CallResolution = z.object({ call_id: z.string(), outcome: Resolution })
export type CallResolution = z.infer<typeof CallResolution>

/** The approvals for later calls in a session. */
export const SessionApprovals = z.object({
  approvals: z.array(z.object({ tool: z.string(), granted_by: z.string(), granted_at: UnixMs })),
})
export type SessionApprovals = z.infer<typeof SessionApprovals>

/** Path of the approvals of one tool. */
export const ApprovalPath = SessionPath.extend({ name: z.string().min(1).max(128) })
export type ApprovalPath = z.infer<typeof ApprovalPath>
