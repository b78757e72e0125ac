/** The background Worker with a stand-in for the session object, which holds a test's log and the consumer's cursor. */
import { DurableObject } from 'cloudflare:workers'
import type { Consumer } from '../../../durable-objects/session/consumers.ts'
import type { Event } from '../../../shared/events/event.ts'
import type { SessionMessage } from '../../../shared/memory/extract-memory.ts'
import type { EventPage, SessionReader } from '../../../workers/background/consume.ts'

export { Accounts } from '../../../durable-objects/accounts/accounts.ts'
export { AuditTrail } from '../../../durable-objects/audit/audit-trail.ts'
export { Memory } from '../../../durable-objects/memory/memory.ts'
export { Tenant } from '../../../durable-objects/tenant/tenant.ts'
// `Relay` is the wire name: gateways of the previous release bind to it.
export { BackgroundAdmin as Relay } from '../../../workers/background/admin.ts'
export { default } from '../../../workers/background/worker.ts'

export class Session extends DurableObject implements SessionReader {
  events: Event[] = []
  cursor = 0
  pagesRead = 0

  async unacknowledged(_consumer: Consumer, limit: number): Promise<EventPage | null> {
    this.pagesRead += 1
    const last = this.events.at(-1)
    if (!last) return null
    const titled = this.events.findLast((event) => event.type === 'session.titled')
    return {
      subject: 'alice',
      summary: { title: titled?.title ?? '', state: 'idle', created_at: 1, updated_at: last.at, last_turn_id: null },
      events: this.events.filter((event) => event.seq > this.cursor).slice(0, limit),
      last_seq: last.seq,
    }
  }

  /** The messages of completed turns, as in the real object. */
  async messages(turnIds: readonly string[]): Promise<SessionMessage[]> {
    return this.events.flatMap((event) => {
      if (event.type !== 'item.added' || !turnIds.includes(event.turn_id)) return []
      const accepted = this.events.find((other) => other.type === 'turn.accepted' && other.turn_id === event.turn_id)
      const { metadata, regenerates } = accepted?.type === 'turn.accepted' ? accepted : {}
      const { turn_id, seq, at, text } = event
      return { turn_id, seq, at, text, sent_by: metadata?.sent_by, again: regenerates !== undefined }
    })
  }

  async refuseMemory(about: string, seq: number, reasons: readonly string[]): Promise<void> {
    if (this.cursor >= seq) return
    this.cursor = seq
    const last = this.events.at(-1)
    this.events.push({ seq: (last?.seq ?? 0) + 1, at: last?.at ?? 0, type: 'memory.refused', about, reasons: [...reasons] })
  }

  async acknowledge(_consumer: Consumer, seq: number): Promise<void> {
    this.cursor = Math.max(this.cursor, seq)
  }
}
