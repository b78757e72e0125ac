/** Audit entries that wait for their batch. One backlog serves every request of an isolate. Portable. */
import type { TenantId } from '../ids.ts'
import { boundDraft } from './bound.ts'
import type { AuditDraft } from './entry.ts'

/** How long an entry waits for its batch. Milliseconds. */
const batchMs = 100
/** Maximum backlog per tenant while the trail is unavailable. */
const maxWaiting = 5_000
/** Maximum entries of one call to the trail. */
const maxBatch = 500
/** Timeout of a sending request. After it, the next request sends. Milliseconds. */
const sendMs = 10_000

/** The trails of all tenants. */
interface Trails {
  getByName(tenant: string): { record(entries: AuditDraft[]): Promise<unknown> }
}

/** A tenant's waiting entries. */
interface Waiting {
  entries: AuditDraft[]
  /** When a request started to send, Unix ms; null: none sends. */
  sentAt: number | null
}

/** Where an isolate keeps entries until their batch is sent. */
export class AuditBacklog {
  readonly #waiting = new Map<string, Waiting>()
  readonly #onUnreachable: (error: unknown, tenant: TenantId, count: number) => void

  /** `onUnreachable`: the trail did not take a batch of `count` entries. They stay for the next batch. */
  constructor(onUnreachable: (error: unknown, tenant: TenantId, count: number) => void) {
    this.#onUnreachable = onUnreachable
  }

  /** Adds an entry to the next batch. `waitUntil` keeps the Worker running until it is sent. False: the backlog is full. */
  add(trails: Trails, tenant: TenantId, entry: AuditDraft, waitUntil: (work: Promise<unknown>) => void): boolean {
    const waiting = this.#waiting.get(tenant) ?? { entries: [], sentAt: null }
    this.#waiting.set(tenant, waiting)
    const isFull = waiting.entries.length >= maxWaiting
    if (!isFull) waiting.entries.push(boundDraft(entry))
    if (waiting.sentAt === null || waiting.sentAt < Date.now() - sendMs) {
      waiting.sentAt = Date.now()
      waitUntil(this.#send(trails, tenant, waiting))
    }
    return !isFull
  }

  async #send(trails: Trails, tenant: TenantId, waiting: Waiting): Promise<void> {
    await new Promise((done) => setTimeout(done, batchMs))
    const trail = trails.getByName(tenant)
    while (waiting.entries.length > 0) {
      const batch = waiting.entries.splice(0, maxBatch)
      try {
        await trail.record(batch)
      } catch (error) {
        this.#onUnreachable(error, tenant, batch.length)
        waiting.entries.unshift(...batch)
        break
      }
    }
    waiting.sentAt = null
    if (waiting.entries.length === 0) this.#waiting.delete(tenant)
  }
}
