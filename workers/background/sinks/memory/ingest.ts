/**
 * Drains `conversation-outbound-memory`: has remembered what a session's owner said in it, once its turn was answered. The policy is asked
 * before each write, for what they may do by then. What it denies is not written, but on the trail and told in the session; while it
 * cannot be asked, or the memory cannot be reached, the session's cursor waits.
 */

import type { Memory } from '../../../../durable-objects/memory/memory.ts'
import plan from '../../../../policy/plan.json'
import type { Event } from '../../../../shared/events/event.ts'
import { memoryObjectName, SessionId, Subject, sessionObjectName, TenantId, userNamespace } from '../../../../shared/ids.ts'
import { extractMemory, type SessionMessage } from '../../../../shared/memory/extract-memory.ts'
import { Authorizer, builtInPolicy } from '../../../../shared/policy/authorizer.ts'
import { auditDecision, authorizeOnBehalf, type PolicyBindings } from '../../../../shared/policy/delegated-action.ts'
import { memoryWrite } from '../../../../shared/policy/memory-write.ts'
import { opaServer } from '../../../../shared/policy/opa.ts'
import type { PolicyDecision } from '../../../../shared/policy/policy-decision.ts'
import { type EventPage, type Sink, SinkUnavailable } from '../../consume.ts'

/** The part of a session object that a memory needs. */
export interface SessionMessages {
  messages(turnIds: readonly string[]): Promise<SessionMessage[]>
  refuseMemory(turnId: string, seq: number, reasons: readonly string[]): Promise<unknown>
}

/** What it needs of the Worker's bindings. */
export interface Dependencies extends PolicyBindings {
  readonly SESSION: { getByName(name: string): SessionMessages }
  readonly MEMORY: {
    getByName(name: string): {
      [K in 'hear' | 'heardUpTo' | 'forgetSession']: (...args: Parameters<Memory[K]>) => Promise<ReturnType<Memory[K]>>
    }
  }
}

const arbiter = new Authorizer(() => builtInPolicy(plan))

/** The policy gave no answer, so nothing is decided. */
class PolicyUnavailable extends Error {
  override readonly name = 'Undecided'
}

export function memorySink(env: Dependencies): Sink {
  return {
    consumer: 'memory',
    concurrency: 5,
    async apply(tenantName, sessionName, page, accepted) {
      const [tenant, session, subject] = [TenantId.parse(tenantName), SessionId.parse(sessionName), Subject.parse(page.subject)]
      const memory = env.MEMORY.getByName(memoryObjectName(tenant, userNamespace(subject)))
      const speaker = env.SESSION.getByName(sessionObjectName(tenant, session))
      const messages = await messagesOf(page, speaker)
      const heard = messages.size > 0 ? await memory.heardUpTo(session) : 0
      const take = async (event: Event): Promise<void> => {
        if (event.type === 'session.deleted') await memory.forgetSession(session, event.seq)
        if (event.type === 'session.restored') await memory.forgetSession(session, event.seq, event.after)
        const message = event.type === 'turn.ended' ? messages.get(event.turn_id) : undefined
        const text = message ? extractMemory(message, subject) : null
        if (!message || text === null || message.seq <= heard) return
        const { turn_id, seq, at } = message
        const act = { tenant, session, subject, turn_id, seq }
        const ruling = await authorizeOnBehalf(arbiter, env, act, memoryWrite({ kind: 'conversation_memory', text }))
        if (isUndecided(ruling)) throw undecided(env)
        await auditDecision(env, act, `session:${session}`, ruling)
        const refused = ruling.allowed ? (await memory.hear({ session, seq, at, text })) === 'full' && ['memory_full'] : ruling.reasons
        if (refused) await speaker.refuseMemory(turn_id, event.seq, refused)
      }
      for (const event of page.events) {
        await take(event)
        accepted?.(event.seq)
      }
    },
  }
}

/** The messages of the page's turns that were answered. */
async function messagesOf({ events }: EventPage, speaker: SessionMessages): Promise<ReadonlyMap<string, SessionMessage>> {
  const answered = events.flatMap((event) => (event.type === 'turn.ended' && event.outcome === 'completed' ? event.turn_id : []))
  const messages = answered.length > 0 ? await speaker.messages(answered) : []
  return new Map(messages.map((message) => [message.turn_id, message]))
}

/** Something broke on the way to an answer: that is no denial, which would be for good. */
const isUndecided = ({ allowed, reasons }: PolicyDecision): boolean =>
  !allowed && (reasons.includes('unavailable') || reasons.includes('fault'))

/** A server decides for everybody; a policy in the Worker may be broken for one tenant only. */
const undecided = (env: Dependencies): Error =>
  opaServer(env) ? new SinkUnavailable('the policy cannot be asked') : new PolicyUnavailable('the policy cannot be asked')
