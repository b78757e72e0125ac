/**
 * Drains `conversation-outbound-memory`: stores the messages of a session's owner after their turn completed. The policy authorizes each
 * write with the owner's current role. A denial is audited and recorded in the session. While the policy or the memory is unavailable, the
 * session's cursor waits.
 */

import type { IngestResult, Memory } from '../../../../durable-objects/memory/memory.ts'
import plan from '../../../../policy/plan.json'
import type { Event } from '../../../../shared/events/event.ts'
import { memoryObjectName, SessionId, Subject, sessionObjectName, TenantId, userNamespace } from '../../../../shared/ids.ts'
import { extractMemory, type SessionMessage, type SkipReason } from '../../../../shared/memory/extract-memory.ts'
import { builtInPolicy, DecisionPoint } from '../../../../shared/policy/decision-point.ts'
import type { PolicyDecision } from '../../../../shared/policy/decision-result.ts'
import { auditDecision, authorizeOnBehalf, type PolicyBindings } from '../../../../shared/policy/delegated-action.ts'
import { memoryWrite } from '../../../../shared/policy/memory-write.ts'
import { opaServer } from '../../../../shared/policy/opa.ts'
import { type EventPage, type Sink, SinkUnavailable } from '../../consume.ts'
import { logger } from '../../logger.ts'

/** The part of a session object that the sink needs. */
export interface SessionMessages {
  messages(turnIds: readonly string[]): Promise<SessionMessage[]>
  refuseMemory(turnId: string, seq: number, reasons: readonly string[]): Promise<unknown>
}

/** The bindings that the sink needs. */
export interface Dependencies extends PolicyBindings {
  readonly SESSION: { getByName(name: string): SessionMessages }
  readonly MEMORY: {
    getByName(name: string): {
      [K in 'hear' | 'heardUpTo' | 'forgetSession']: (...args: Parameters<Memory[K]>) => Promise<ReturnType<Memory[K]>>
    }
  }
}

const decisionPoint = new DecisionPoint(() => builtInPolicy(plan))

/** What became of a message: stored or not, and why. */
type Verdict = IngestResult | SkipReason | 'denied'

/** The policy could not decide. The write waits. */
class PolicyUnavailable extends Error {
  override readonly name = 'PolicyUnavailable'
}

/** The sink of the consumer `memory`. */
export function memorySink(env: Dependencies): Sink {
  return {
    consumer: 'memory',
    concurrency: 5,
    async apply(tenantName, sessionName, page, accepted) {
      const [tenant, session, subject] = [TenantId.parse(tenantName), SessionId.parse(sessionName), Subject.parse(page.subject)]
      const memory = env.MEMORY.getByName(memoryObjectName(tenant, userNamespace(subject)))
      const source = env.SESSION.getByName(sessionObjectName(tenant, session))
      const messages = await messagesOf(page, source)
      const cursor = messages.size > 0 ? await memory.heardUpTo(session) : 0
      const ingest = async (event: Event): Promise<void> => {
        if (event.type === 'session.deleted') await memory.forgetSession(session, event.seq)
        if (event.type === 'session.restored') await memory.forgetSession(session, event.seq, event.after)
        const message = event.type === 'turn.ended' ? messages.get(event.turn_id) : undefined
        if (!message || message.seq <= cursor) return
        const { turn_id, seq, at } = message
        const turn = { tenant, session, subject, turn_id, seq }
        const log = (verdict: Verdict) => logger.write('memory.considered', { tenant, session, turn: turn_id, verdict })
        const extracted = extractMemory(message, subject)
        if (!extracted.ok) {
          log(extracted.error)
          return
        }
        const { value: text } = extracted
        const decision = await authorizeOnBehalf(decisionPoint, env, turn, memoryWrite({ kind: 'conversation_memory', text }))
        if (isUndecided(decision)) throw undecidedError(env)
        await auditDecision(env, turn, `session:${session}`, decision)
        const verdict = decision.allowed ? await memory.hear({ session, seq, at, text }) : 'denied'
        log(verdict)
        if (verdict === 'denied') await source.refuseMemory(turn_id, event.seq, decision.reasons)
        if (verdict === 'full') await source.refuseMemory(turn_id, event.seq, ['memory_full'])
      }
      for (const event of page.events) {
        await ingest(event)
        accepted?.(event.seq)
      }
    },
  }
}

/** The messages of the page's turns that are remembered, by turn. */
async function messagesOf({ events }: EventPage, source: SessionMessages): Promise<ReadonlyMap<string, SessionMessage>> {
  const completed = events.flatMap((event) => (isRemembered(event) ? event.turn_id : []))
  const messages = completed.length > 0 ? await source.messages(completed) : []
  return new Map(messages.map((message) => [message.turn_id, message]))
}

/** Whether `event` completes a turn whose persona, if it has one, keeps a memory. */
const isRemembered = (event: Event): event is Extract<Event, { type: 'turn.ended' }> =>
  event.type === 'turn.ended' && event.outcome === 'completed' && event.answered_by?.memory !== 'off'

/** Whether the policy failed to decide. A denial would be final; a failure is retried. */
const isUndecided = ({ allowed, reasons }: PolicyDecision): boolean =>
  !allowed && (reasons.includes('unavailable') || reasons.includes('fault'))

/** An OPA server serves all tenants, so its failure blocks the sink. A failure in the Worker may affect one tenant only. */
const undecidedError = (env: Dependencies): Error =>
  opaServer(env) ? new SinkUnavailable('the policy cannot decide') : new PolicyUnavailable('the policy cannot decide')
