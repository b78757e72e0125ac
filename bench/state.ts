/**
 * The state Worker with what only benchmarks need: a log that is there at once, and the rows that a session writes, counted.
 * Bundled in place of `durable-objects/worker.ts`, whose classes it changes nothing in until it is asked to count.
 */
import { Session as Deployed, type Sql, type Storage } from 'soma-state'
import { log } from './log.ts'

// The others are as they are: what is exported here hides only the one of the same name.
export * from 'soma-state'

/** One transaction of a session: the rows it wrote, the times it set an alarm, and the events it recorded. */
export interface Written {
  rows: number
  alarms: number
  readonly events: string[]
}

export class Session extends Deployed {
  readonly #written: Written[] = []
  #counting = false

  async seed(tenant: string, session: string, subject: string, events: number): Promise<void> {
    await this.restore(tenant, session, subject, [...log(events, subject)])
  }

  /** What was written since this was asked the first time. */
  written(): Written[] {
    if (!this.#counting) this.#count(this.ctx.storage)
    this.#counting = true
    return this.#written
  }

  /** As the platform counts, by `rowsWritten` of every cursor. Not by the end of a read, for reads write nothing. */
  #count(storage: Storage): void {
    const { sql } = storage
    const exec: Sql['exec'] = sql.exec.bind(sql)
    const transactionSync = storage.transactionSync.bind(storage)
    const setAlarm = storage.setAlarm.bind(storage)
    let current: Written | null = null
    const within = (): Written => {
      if (current) return current
      const alone: Written = { rows: 0, alarms: 0, events: [] }
      this.#written.push(alone)
      return alone
    }
    Object.defineProperty(sql, 'exec', {
      value: (query: string, ...bindings: unknown[]) => {
        const cursor = exec(query, ...bindings)
        if (cursor.rowsWritten > 0) within().rows += cursor.rowsWritten
        if (query.startsWith('INSERT INTO event ')) within().events.push(String(bindings[2]))
        return cursor
      },
    })
    Object.defineProperty(storage, 'transactionSync', {
      value: <T>(change: () => T): T => {
        current = within()
        try {
          return transactionSync(change)
        } finally {
          current = null
        }
      },
    })
    Object.defineProperty(storage, 'setAlarm', {
      value: (at: number) => {
        within().alarms += 1
        return setAlarm(at)
      },
    })
  }
}

interface Env {
  readonly SESSION: { getByName(name: string): Pick<Session, 'seed' | 'written'> }
}

export default {
  /** `/{tenant}/{session}?subject=…&events=…`: seeds it; without `events`, answers what was written. */
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
