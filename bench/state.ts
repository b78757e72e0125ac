/**
 * The state Worker with two additions for benchmarks: a log in one write, and counts of written rows.
 * Bundled instead of `durable-objects/worker.ts`. Its classes are unchanged until counting starts.
 */
import { Session as Deployed, type Sql, type Storage } from 'soma-state'
import { sessionLog } from './session-log.ts'

// The export below replaces only the class of the same name.
export * from 'soma-state'

/** One transaction of a session: written rows, set alarms and recorded events. */
export interface TransactionCount {
  rows: number
  alarms: number
  readonly events: string[]
}

/** The session object, with a log in one write and counted rows. */
export class Session extends Deployed {
  readonly #written: TransactionCount[] = []
  #isCounting = false

  async seed(tenant: string, session: string, subject: string, events: number): Promise<void> {
    await this.restore(tenant, session, subject, [...sessionLog(events, subject)])
  }

  /** The transactions since the first call. */
  written(): TransactionCount[] {
    if (!this.#isCounting) this.#count(this.ctx.storage)
    this.#isCounting = true
    return this.#written
  }

  /** Counts `rowsWritten` of every cursor, like the platform. Reads are not counted, because they write nothing. */
  #count(storage: Storage): void {
    const { sql } = storage
    const exec: Sql['exec'] = sql.exec.bind(sql)
    const transactionSync = storage.transactionSync.bind(storage)
    const setAlarm = storage.setAlarm.bind(storage)
    let current: TransactionCount | null = null
    const transaction = (): TransactionCount => {
      if (current) return current
      const single: TransactionCount = { rows: 0, alarms: 0, events: [] }
      this.#written.push(single)
      return single
    }
    Object.defineProperty(sql, 'exec', {
      value: (query: string, ...bindings: unknown[]) => {
        const cursor = exec(query, ...bindings)
        if (cursor.rowsWritten > 0) transaction().rows += cursor.rowsWritten
        if (query.startsWith('INSERT INTO event ')) transaction().events.push(String(bindings[2]))
        return cursor
      },
    })
    Object.defineProperty(storage, 'transactionSync', {
      value: <T>(change: () => T): T => {
        current = transaction()
        try {
          return transactionSync(change)
        } finally {
          current = null
        }
      },
    })
    Object.defineProperty(storage, 'setAlarm', {
      value: (at: number) => {
        transaction().alarms += 1
        return setAlarm(at)
      },
    })
  }
}

interface Env {
  readonly SESSION: { getByName(name: string): Pick<Session, 'seed' | 'written'> }
}

export default {
  /** `/{tenant}/{session}?subject=…&events=…` creates the log. Without `events` it returns the counts. */
  async fetch(request: Request, { SESSION }: Env): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url)
    const [, tenant = '', session = ''] = pathname.split('/')
    const object = SESSION.getByName(`${tenant}/${session}`)
    const events = searchParams.get('events')
    if (events === null) return Response.json(await object.written())
    await object.seed(tenant, session, searchParams.get('subject') ?? '', Number(events))
    return new Response(null, { status: 204 })
  },
}
