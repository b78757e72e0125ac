/** A reader behind the gateway's loop. It pages to catch up, then tails a socket. After a cut it resumes with its last id. */
import type { Session } from '../../durable-objects/session/session.ts'
import type { Event } from '../../shared/events/event.ts'
import { type FrameBody, isRecorded } from '../../shared/events/frame-body.ts'
import { CallLost, type Host } from './host.ts'
import type { Socket } from './socket.ts'
import type { World } from './world.ts'

export class Reader {
  readonly name: string
  readonly events: Event[] = []
  readonly texts = new Map<string, string>()
  /** The value that it would send as `Last-Event-ID`. */
  lastId = ''
  isConnected = false
  readonly #world: World
  readonly #host: Host<Session>
  readonly #subject: string
  #socket: Socket | null = null
  #connection = 0

  constructor(world: World, host: Host<Session>, name: string, subject: string) {
    this.#world = world
    this.#host = host
    this.name = name
    this.#subject = subject
  }

  /** Reads until the connection is cut. */
  async connect(): Promise<void> {
    if (this.isConnected) return
    this.isConnected = true
    const connection = ++this.#connection
    const current = () => connection === this.#connection
    let cursor = this.lastId
    while (current()) {
      try {
        const page = await this.#host.call(`${this.name} reads after ${cursor}`, (session) => session.read(this.#subject, cursor))
        if (!current()) return
        if (!page.ok) throw new Error(`${this.name} was refused at ${cursor}: ${page.error.kind}`)
        this.#receive(page.value.text)
        cursor = page.value.cursor
        if (page.value.behind) continue
        const address = `https://session/?subject=${this.#subject}&after=${cursor}`
        const response = await this.#host.call(`${this.name} attaches at ${cursor}`, (session) =>
          session.fetch({ url: address } as Request),
        )
        const socket = response.webSocket as unknown as Socket | null
        if (!current()) return socket?.disconnect()
        if (!socket) throw new Error(`${this.name} could not attach at ${cursor}: ${response.status}`)
        cursor = await this.#tail(socket, cursor)
      } catch (error) {
        if (!(error instanceof CallLost)) throw error
      }
    }
  }

  /** Cuts the connection after some of the frames in flight. */
  cut(frames: number): void {
    const [inFlight = ''] = this.#socket?.inFlight ?? []
    const complete = inFlight.split('\n\n').slice(0, -1)
    if (complete.length > 0)
      this.#receive(
        complete
          .slice(0, frames % (complete.length + 1))
          .map((frame) => `${frame}\n\n`)
          .join(''),
      )
    this.isConnected = false
    this.#connection++
    this.#socket?.disconnect()
    this.#socket = null
  }

  /** Receives frames until the socket closes. Resolves with the cursor. */
  #tail(socket: Socket, after: string): Promise<string> {
    this.#socket = socket
    let cursor = after
    return new Promise((resolve) => {
      let isWaiting = false
      const onArrival = () => {
        if (isWaiting) return
        isWaiting = true
        this.#world.schedule(`${this.name} receives`, () => {
          isWaiting = false
          if (this.#socket !== socket) return
          const text = socket.inFlight.shift()
          if (text !== undefined) {
            this.#receive(text)
            cursor = this.lastId
          } else if (socket.closed !== null) {
            this.#socket = null
            return resolve(cursor)
          }
          if (socket.inFlight.length > 0 || socket.closed !== null) onArrival()
        })
      }
      socket.onArrival = onArrival
      if (socket.inFlight.length > 0 || socket.closed !== null) onArrival()
    })
  }

  #receive(text: string): void {
    for (const frame of text.split('\n\n')) {
      const match = /^id: (.*)\ndata: (.*)$/.exec(frame)
      if (match) this.#apply(match[1] ?? '', JSON.parse(match[2] ?? ''))
    }
  }

  #apply(id: string, body: FrameBody): void {
    this.lastId = id
    if (body.type === 'turn.retrying') return
    if (isRecorded(body)) {
      const last = this.events.at(-1)?.seq ?? 0
      if (body.seq !== last + 1) this.#world.fail(`${this.name} got event ${body.seq} after ${last}`)
      this.events.push(body)
      return
    }
    const before = this.texts.get(body.item_id) ?? ''
    if (body.offset !== before.length)
      this.#world.fail(`${this.name} got a delta at ${body.offset} after ${before.length} units of ${body.item_id}`)
    this.texts.set(body.item_id, before + body.text)
  }
}
