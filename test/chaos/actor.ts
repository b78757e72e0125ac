/** Simulates one user in one session: messages, reads, reconnects, cancellations, regenerations, edits and forks. A seed determines every choice. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { AcceptedMessage } from '../../shared/api/messages.ts'
import type { Cancelled } from '../../shared/api/turns.ts'
import type { ApiClient } from './api-client.ts'
import type { ReaderRecord, SentMessage, SessionRecord } from './ledger.ts'
import type { Random } from './random.ts'

/** A point of a turn that a fault can wait for. */
export type Moment = 'acknowledged' | 'answering' | 'cancelling'

export interface ActorOptions {
  readonly client: ApiClient
  readonly random: Random
  /** Called at each `Moment`. */
  readonly onMoment: (moment: Moment) => void
}

const normalDirective = (tokens: number, rate: number) => `[[fake normal tokens=${tokens} rate=${rate}]]`
/** The model calls tools before it answers: `add` and `pay`, which must not run twice, or `set`, which may. `pay` needs an approval. */
const toolsDirective = (tokens: number, rate: number, key: string, name: string) =>
  `[[fake tools tokens=${tokens} rate=${rate} key=${key} name=${name} calls=2 rounds=2]]`
/** The model sends `tokens` words and then stalls. Only a cancellation ends the turn. */
const stallDirective = (tokens: number, key: string) => `[[fake stall after=${tokens} key=${key}]]`

interface MessageRequest extends Record<string, unknown> {
  readonly tokens?: number
  /** Words per second. */
  readonly rate?: number
  readonly stalls?: boolean
  readonly tool?: 'add' | 'set' | 'pay' | undefined
}

/** Longest time that a fork waits for the end of its turn. Repeated kills interrupt the turn and its tools. */
const forkMs = 180_000

export class Actor {
  readonly record: SessionRecord
  /** The forks of this actor's session. */
  readonly forks: SessionRecord[] = []
  readonly #options: ActorOptions
  readonly #closed = new AbortController()
  readonly #reading: Promise<void>[] = []
  readonly #cuts = new Set<AbortController>()
  #keys = 0

  constructor(name: string, options: ActorOptions) {
    this.record = { session: name, messages: [], cancelled: new Map(), readers: [] }
    this.#options = options
  }

  /** Runs one random scenario. Resolves when every request has an answer. */
  async run(): Promise<void> {
    const { random } = this.#options
    const scenario = random.below(9)
    const tool = (['add', 'set', 'pay', undefined] as const)[random.below(4)]
    // A call that was cut off, or needs an approval, waits for a user.
    if (scenario === 0) return this.#sendUnattended(tool && 'set')
    for (let readers = 1 + random.below(2); readers > 0; readers--) this.watch()
    const first = await this.send({ rate: 60, tool, ...(scenario === 8 && { stalls: true }) })
    if (scenario === 8) await this.#stop(first)
    if (scenario === 1) await Promise.all([this.send({}), this.send({})])
    if (scenario === 2) await this.#stop(first)
    if (scenario === 3) await this.send({ on_conflict: 'interrupt', tool })
    if (scenario === 4) await Promise.all([this.send({}), this.#stop(first)])
    if (scenario === 5 && first.sent) await this.#regenerate(first.sent)
    if (scenario === 6 && first.sent) await this.send({ parent_turn_id: first.sent.turn_id })
    if (scenario === 7 && first.sent) await this.#fork(first.sent)
  }

  /** Sends a message, with retries, until it is acknowledged or rejected. */
  async send({
    stalls,
    tool,
    rate = 100,
    tokens = 10 + this.#options.random.below(tool ? 10 : 40),
    ...more
  }: MessageRequest): Promise<SentMessage> {
    const message: SentMessage = { key: this.#key(), tokens }
    const directive = tool ? toolsDirective(tokens, rate, message.key, tool) : normalDirective(tokens, rate)
    await this.#post(message, '/v1/sessions/message', {
      session_id: this.record.session,
      message: stalls ? stallDirective(tokens, message.key) : directive,
      ...more,
    })
    return message
  }

  /** Sends the same message `times` times concurrently. */
  async sendConcurrently(times: number): Promise<SentMessage> {
    const message: SentMessage = { key: this.#key(), tokens: 5 }
    const body = { session_id: this.record.session, message: normalDirective(5, 100) }
    await Promise.all(Array.from({ length: times }, () => this.#post(message, '/v1/sessions/message', body)))
    return message
  }

  /** Sends `message` again, with the same key and body. */
  async resend(message: SentMessage): Promise<void> {
    await this.#post(message, '/v1/sessions/message', {
      session_id: this.record.session,
      message: normalDirective(message.tokens ?? 0, 100),
    })
  }

  close(): Promise<unknown> {
    this.#closed.abort()
    return Promise.all(this.#reading)
  }

  /** Sends one message, without readers and without further requests. */
  async #sendUnattended(tool: MessageRequest['tool']): Promise<void> {
    this.record.unattended = true
    await this.send({ rate: 60, tool })
  }

  async #post(message: SentMessage, path: string, body: object): Promise<void> {
    if (!this.record.messages.includes(message)) this.record.messages.push(message)
    const since = Date.now()
    const { status, body: response } = await this.#options.client.request<AcceptedMessage & { type?: string }>('POST', path, body, {
      'idempotency-key': message.key,
    })
    if (status !== 200) {
      message.refused = `${status} ${response.type}`
      return
    }
    const sent: AcceptedMessage = response
    if (message.sent && JSON.stringify(message.sent) !== JSON.stringify(sent))
      this.#recordError(`${message.key} got ${JSON.stringify(message.sent)}, then ${JSON.stringify(sent)}`)
    message.sent = sent
    message.acknowledgedMs ??= Date.now() - since
    this.#options.onMoment('acknowledged')
  }

  async #stop(message: SentMessage): Promise<void> {
    const { sent } = message
    if (!sent) return
    await sleep(this.#options.random.below(400))
    this.#options.onMoment('cancelling')
    const { status, body } = await this.#options.client.request<Cancelled>(
      'POST',
      `/v1/sessions/${this.record.session}/turns/${sent.turn_id}/cancel`,
    )
    message.stoppedAt = Date.now()
    if (status === 202) this.record.cancelled.set(sent.turn_id, body.outcome)
    else this.#recordError(`cancelling ${sent.turn_id} got ${status}`)
  }

  async #regenerate({ turn_id }: AcceptedMessage): Promise<void> {
    const message: SentMessage = { key: this.#key() }
    await this.#post(message, `/v1/sessions/${this.record.session}/turns/${turn_id}/regenerate`, {})
  }

  /** Forks the session after the end of the turn, and sends a message to the fork. */
  async #fork({ turn_id }: AcceptedMessage): Promise<void> {
    const key = this.#key()
    const until = Date.now() + forkMs
    while (Date.now() < until) {
      const { status, body } = await this.#options.client.request<{ session_id: string }>(
        'POST',
        `/v1/sessions/${this.record.session}/fork`,
        { turn_id },
        { 'idempotency-key': key },
      )
      if (status === 200) {
        const fork = new Actor(body.session_id, this.#options)
        fork.record.forkOf = this.record.session
        this.forks.push(fork.record)
        fork.watch()
        await fork.send({})
        this.#reading.push(this.#after(() => fork.close().then(() => undefined)))
        return
      }
      // 409: the turn runs. 429: other forks of this user run.
      if (status !== 409 && status !== 429) return this.#recordError(`forking ${turn_id} got ${status}`)
      await sleep(300)
    }
    this.#recordError(`${turn_id} could not be forked in ${forkMs / 1_000} s`)
  }

  #after(work: () => Promise<void>): Promise<void> {
    if (this.#closed.signal.aborted) return work()
    return new Promise<void>((resolve) => this.#closed.signal.addEventListener('abort', () => work().then(resolve)))
  }

  /** Disconnects every reader. */
  cutAll(): void {
    for (const cut of this.#cuts) cut.abort()
  }

  /** Adds a reader that disconnects at random and reconnects. `isSteady`: it disconnects only on `cutAll`. */
  watch(isSteady = false): void {
    const { client, random, onMoment } = this.#options
    const reader: ReaderRecord = {
      name: `${this.record.session} reader ${this.record.readers.length + 1}`,
      events: [],
      texts: new Map(),
      errors: [],
      connections: 0,
    }
    this.record.readers.push(reader)
    const cursor = { id: '' }
    const reading = async () => {
      while (!this.#closed.signal.aborted) {
        const cut = new AbortController()
        this.#cuts.add(cut)
        let framesLeft = isSteady ? Number.POSITIVE_INFINITY : 3 + random.below(60)
        const signal = AbortSignal.any([cut.signal, this.#closed.signal])
        try {
          await client.read(this.record.session, reader, cursor, signal, ({ data }) => {
            if (data.type === 'item.delta') onMoment('answering')
            // An event during an answer: a wrong cursor would show here.
            const isMidAnswer = data.type === 'turn.accepted' && data.seq > 3
            if (--framesLeft === 0 || (isMidAnswer && !isSteady)) cut.abort()
          })
        } catch {
          // The session does not exist before its first message.
        }
        this.#cuts.delete(cut)
        await sleep(50)
      }
    }
    this.#reading.push(reading())
  }

  #recordError(error: string): void {
    const [reader] = this.record.readers
    if (reader) reader.errors.push(error)
    else this.record.readers.push({ name: 'client', events: [], texts: new Map(), errors: [error], connections: 0 })
  }

  #key(): string {
    return `${this.record.session}-${++this.#keys}`
  }
}
