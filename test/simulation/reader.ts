/** A reader with the gateway's loop in front of it: pull to catch up, push to stay, and come back with the last id after any cut. */
import type { Session } from '../../durable-objects/session/session.ts'
import type { Delta, Event } from '../../shared/events/event.ts'
import { CallLost, type Host } from './host.ts'
import type { Socket } from './socket.ts'
import type { World } from './world.ts'

type Body = Event | Delta

export class Reader {
  readonly name: string
  readonly events: Event[] = []
  readonly texts = new Map<string, string>()
  /** What it would send as `Last-Event-ID`. */
  lastId = ''
  connected = false
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

  /** Reads until it is cut. */
  async connect(): Promise<void> {
    if (this.connected) return
    this.connected = true
    const connection = ++this.#connection
    const mine = () => connection === this.#connection
    let cursor = this.lastId
    while (mine()) {
      try {
        const page = await this.#host.call(`${this.name} reads after ${cursor}`, (session) => session.read(this.#subject, cursor))
        if (!mine()) return
        if (!page.ok) throw new Error(`${this.name} was refused at ${cursor}: ${page.error.kind}`)
        this.#take(page.value.text)
        cursor = page.value.cursor
        if (page.value.behind) continue
        const address = `https://session/?subject=${this.#subject}&after=${cursor}`
        const answer = await this.#host.call(`${this.name} attaches at ${cursor}`, (session) => session.fetch({ url: address } as Request))
        const socket = answer.webSocket as unknown as Socket | null
        if (!mine()) return socket?.leave()
        if (!socket) throw new Error(`${this.name} could not attach at ${cursor}: ${answer.status}`)
        cursor = await this.#stay(socket, cursor)
      } catch (error) {
        if (!(error instanceof CallLost)) throw error
      }
    }
  }

  /** The network cuts it off, after `frames` of what is on its way. */
  cut(frames: number): void {
    const [coming = ''] = this.#socket?.coming ?? []
    const whole = coming.split('\n\n').slice(0, -1)
    if (whole.length > 0)
      this.#take(
        whole
          .slice(0, frames % (whole.length + 1))
          .map((frame) => `${frame}\n\n`)
          .join(''),
      )
    this.connected = false
    this.#connection++
    this.#socket?.leave()
    this.#socket = null
  }

  /** Passes on what is pushed, until the socket closes. The cursor then. */
  #stay(socket: Socket, after: string): Promise<string> {
    this.#socket = socket
    let cursor = after
    return new Promise((resolve) => {
      let waiting = false
      const arrived = () => {
        if (waiting) return
        waiting = true
        this.#world.can(`${this.name} receives`, () => {
          waiting = false
          if (this.#socket !== socket) return
          const text = socket.coming.shift()
          if (text !== undefined) {
            this.#take(text)
            cursor = this.lastId
          } else if (socket.closed !== null) {
            this.#socket = null
            return resolve(cursor)
          }
          if (socket.coming.length > 0 || socket.closed !== null) arrived()
        })
      }
      socket.arrived = arrived
      if (socket.coming.length > 0 || socket.closed !== null) arrived()
    })
  }

  #take(text: string): void {
    for (const frame of text.split('\n\n')) {
      const match = /^id: (.*)\ndata: (.*)$/.exec(frame)
      if (match) this.#see(match[1] ?? '', JSON.parse(match[2] ?? ''))
    }
  }

  #see(id: string, body: Body): void {
    this.lastId = id
    if (body.type !== 'item.delta') {
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
