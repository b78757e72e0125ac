/** A call that a sub-agent answers: another persona, in a session of its own below that of the call. Pure. */
import { z } from 'zod'
import { SessionId, type TenantId } from '../ids.ts'
import { textHash } from '../lib/text-hash.ts'
import { ApprovalRule } from '../tool/approval-rule.ts'

/** The tool that calls a sub-agent. */
export const callAgentName = 'call_agent'

/** `calls`: how many sub-agents one turn calls, by its depth. So a turn of a user has at most 56 below it. */
export const delegationLimits = { depth: 3, calls: [8, 2, 2], messageUnits: 16_000, answerUnits: 60_000 } as const

/** What a turn above may do. The calls below it may do no more. */
export const Caller = z.object({
  persona_id: z.string().nullable(),
  tools: z
    .array(z.string())
    .nullable()
    .meta({ description: 'The tools that it was offered when it called. `null`: all of the workspace.' }),
  approval: ApprovalRule.optional().meta({ description: 'When its calls waited for an approval. Absent: `never`.' }),
})
export type Caller = z.infer<typeof Caller>

/** The call that a turn answers. */
export const Delegation = z.object({
  session_id: SessionId,
  turn_id: z.string().min(1).max(64),
  call_id: z.string().min(1).max(64),
  callers: z.array(Caller).min(1).max(delegationLimits.depth).meta({ description: 'The turns above, the first one first.' }),
})
export type Delegation = z.infer<typeof Delegation>

/** A request to a user, in a session below. */
export const RelayedAsk = z.object({
  session_id: SessionId.meta({ description: 'Where the user answers.' }),
  call_id: z.string().min(1).max(64),
  name: z.string(),
  reason: z.string().meta({ description: 'What must be decided, in words.' }),
})
export type RelayedAsk = z.infer<typeof RelayedAsk>

/** What an executor delegates. `caller`: the turn of the call. */
export interface DelegateRequest {
  readonly persona_id: string
  readonly message: string
  readonly caller: Caller
}

/** The turn that answers a call, as the session of the call reads it. */
export interface SubTurn {
  readonly status: 'waiting' | 'running' | 'completed' | 'failed' | 'cancelled'
  readonly text: string
  readonly reason: string | null
  /** What waits for a user there or further below. */
  readonly asks: RelayedAsk | null
}

/** Why the turn may not call another sub-agent. `earlier`: its calls so far. Null: it may. */
export function delegationRefusal(above: readonly Caller[], earlier: number): string | null {
  const calls = delegationLimits.calls[above.length]
  if (calls === undefined) return `Sub-agents call each other ${delegationLimits.depth} deep at most. Do this yourself.`
  if (earlier >= calls) return `This turn has called ${calls} sub-agents, and may call no more. Go on with what they answered.`
  return null
}

/** Whether each of the turns above was offered the tool. */
export const isOfferedAbove = (above: readonly Caller[] | undefined, tool: string): boolean =>
  (above ?? []).every(({ tools }) => tools === null || tools.includes(tool))

/** The session that answers a call: a UUIDv8 of SHA-256. The same call finds the same session after a restart. */
export function subSessionId(tenant: TenantId, session: SessionId, turn_id: string, call_id: string): SessionId {
  const hash = textHash(JSON.stringify(['agent', tenant, session, turn_id, call_id]))
  const variant = ((Number.parseInt(hash[16] ?? '0', 16) & 3) | 8).toString(16)
  return SessionId.parse(
    `${hash.slice(0, 8)}-${hash.slice(8, 12)}-8${hash.slice(13, 16)}-${variant}${hash.slice(17, 20)}-${hash.slice(20, 32)}`,
  )
}
