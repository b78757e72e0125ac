/**
 * One reader's event stream, and its one loop: pull to catch up, push to stay. Catch-up, slow readers, resets and deploys of the
 * object are all the same to it: it goes back to pulling from the last frame that it sent.
 */
import type { FramePage } from '../../durable-objects/journal.ts'
import type { Session } from '../../durable-objects/session.ts'
import { logFault } from '../../shared/log.ts'
import { Outlet } from './outlet.ts'

type Stub = DurableObjectStub<Session>

/** A heartbeat at least this often, and only if the object's side answered the last ping. Milliseconds. */
const heartbeatMs = 15_000
/** A stream ends after an hour, or with the token; the client comes back with its cursor. */
const longestMs = 3_600_000
/** How long a client waits before it comes back, and we before we attach again: base and jitter. Milliseconds. */
const retryMs = [1_000, 1_000] as const
const reattachMs = [50, 250] as const

const jittered = ([base, more]: readonly [number, number]): number => Math.round(base + Math.random() * more)

/** What the object says when it closes a socket of its own accord. */
const closings: Readonly<Record<string, 'slow' | 'gone'>> = { behind: 'slow', deleted: 'gone' }

const headers = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
}

/** Always 200: a plain `EventSource` gives up for good on any other answer. Trouble is a comment and a clean close. */
export function streamFrames(session: Stub, subject: string, first: FramePage, expiresAt: number): Response {
  const reader = new Reader(session, subject, first)
  reader.run(Math.min(expiresAt - Date.now(), longestMs))
  return new Response(reader.outlet.stream, { headers })
}

class Reader {
  readonly outlet = new Outlet(() => this.#leave())
  readonly #session: Stub
  readonly #subject: string
  #page: FramePage
  #socket: WebSocket | null = null
  #timers: (ReturnType<typeof setTimeout> | ReturnType<typeof setInterval>)[] = []

  constructor(session: Stub, subject: string, first: FramePage) {
    this.#session = session
    this.#subject = subject
    this.#page = first
  }

  run(lifeMs: number): void {
    this.outlet.send(`retry: ${jittered(retryMs)}\n: connected\n\n${this.#page.text}`)
    this.#timers.push(setTimeout(() => this.#end('come back'), Math.max(lifeMs, 0)))
    this.#follow().catch((error) => {
      logFault('stream.broke', error)
      this.#end('trouble, come back')
    })
  }

  async #follow(): Promise<void> {
    while (!this.outlet.closed) {
      while (this.#page.behind || this.outlet.full) {
        await this.outlet.drained()
        if (this.outlet.closed) return
        const page = await this.#session.read(this.#subject, this.#page.cursor)
        if (!page.ok) return this.#end(page.error.kind)
        this.#page = page.value
        if (page.value.text !== '') this.outlet.send(page.value.text)
      }
      const left = await this.#stay()
      if (left === 'gone') return this.#end('gone')
      // Behind or slow: pull. Else the object went away: a moment, so that not everyone comes back at once.
      this.#page = { ...this.#page, behind: true }
      if (left === 'closed') await new Promise((done) => setTimeout(done, jittered(reattachMs)))
    }
  }

  /** Passes on what the object pushes, until the client is too slow or the socket closes. */
  async #stay(): Promise<'slow' | 'closed' | 'gone'> {
    const query = new URLSearchParams({ subject: this.#subject, after: this.#page.cursor })
    const { webSocket: socket, status } = await this.#session.fetch(`https://session/?${query}`, { headers: { upgrade: 'websocket' } })
    if (!socket) return status === 404 || status === 400 ? 'gone' : 'closed'
    this.#socket = socket
    return new Promise((resolve) => {
      let answered = true
      const heart = setInterval(() => {
        // A ping that was not answered: the path is dead, whatever the socket says.
        if (!answered) return leave('closed')
        this.outlet.send(': heartbeat\n\n')
        answered = false
        socket.send('ping')
      }, heartbeatMs)
      this.#timers.push(heart)
      const leave = (why: 'slow' | 'closed' | 'gone') => {
        clearInterval(heart)
        if (why !== 'gone') closeQuietly(socket)
        resolve(why)
      }
      socket.addEventListener('message', ({ data }) => {
        if (data === 'pong') {
          answered = true
          return
        }
        this.outlet.send(String(data))
        this.#page = { text: '', cursor: lastId(String(data)), behind: false }
        if (this.outlet.full) leave('slow')
      })
      socket.addEventListener('close', ({ reason }) => leave(closings[reason] ?? 'closed'))
      socket.addEventListener('error', () => leave('closed'))
      socket.accept()
    })
  }

  #end(comment: string): void {
    this.outlet.send(`: ${comment}\n\n`)
    this.outlet.close()
  }

  #leave(): void {
    for (const timer of this.#timers) clearTimeout(timer)
    if (this.#socket) closeQuietly(this.#socket)
  }
}

function closeQuietly(socket: WebSocket): void {
  try {
    socket.close(1000)
  } catch {
    // It is closed already.
  }
}

/** The last `id:` in event-stream text. JSON holds no raw line break, so a line that starts so is one. */
function lastId(text: string): string {
  const from = text.lastIndexOf('\nid: ') + 1
  return text.slice(from + 4, text.indexOf('\n', from + 4))
}
