/** What a user does in one session: speaks, reads, is cut and comes back, stops, answers again, edits, forks. All of it by the dice. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Sent } from '../../shared/api/messages.ts'
import type { Dice } from './dice.ts'
import type { Seen, SentMessage, Trail } from './ledger.ts'
import type { Person } from './person.ts'

/** What a fault may wait for. */
export type Moment = 'acknowledged' | 'answering' | 'cancelling'

export interface Cast {
  readonly person: Person
  readonly dice: Dice
  /** Called when something interesting happens. */
  readonly moment: (what: Moment) => void
}

const asks = (tokens: number, rate: number) => `[[fake normal tokens=${tokens} rate=${rate}]]`
/** Uses tools before it answers: `add`, which must not run twice, or `set`, which may. */
const asksForTools = (tokens: number, rate: number, key: string, name: string) =>
  `[[fake tools tokens=${tokens} rate=${rate} key=${key} name=${name} calls=2 rounds=2]]`
/** Says so many words, and then nothing: only a stop ends it. */
const asksForSilence = (tokens: number, key: string) => `[[fake stall after=${tokens} key=${key}]]`

interface MessageRequest extends Record<string, unknown> {
  readonly tokens?: number
  /** Words a second. */
  readonly rate?: number
  readonly silent?: boolean
  readonly tool?: 'add' | 'set' | undefined
}

/** How long a turn may take to end that is killed again and again, with its tools. */
const forkMs = 180_000

export class Actor {
  readonly trail: Trail
  /** Sessions that it forked off. */
  readonly forks: Trail[] = []
  readonly #cast: Cast
  readonly #gone = new AbortController()
  readonly #reading: Promise<void>[] = []
  readonly #cuts = new Set<AbortController>()
  #keys = 0

  constructor(name: string, cast: Cast) {
    this.trail = { session: name, said: [], cancelled: new Map(), seen: [] }
    this.#cast = cast
  }

  /** One of the things that users do. Resolves when everything that was asked has been answered. */
  async play(): Promise<void> {
    const { dice } = this.#cast
    const scene = dice.below(9)
    const tool = (['add', 'set', undefined] as const)[dice.below(3)]
    if (scene === 0) return this.#alone(tool)
    for (let readers = 1 + dice.below(2); readers > 0; readers--) this.watch()
    const first = await this.say({ rate: 60, tool, ...(scene === 8 && { silent: true }) })
    if (scene === 8) await this.#stop(first)
    if (scene === 1) await Promise.all([this.say({}), this.say({})])
    if (scene === 2) await this.#stop(first)
    if (scene === 3) await this.say({ on_conflict: 'interrupt', tool })
    if (scene === 4) await Promise.all([this.say({}), this.#stop(first)])
    if (scene === 5 && first.sent) await this.#again(first.sent)
    if (scene === 6 && first.sent) await this.say({ parent_turn_id: first.sent.turn_id })
    if (scene === 7 && first.sent) await this.#fork(first.sent)
  }

  /** Says something until it is acknowledged, or refused for good. */
  async say({
    silent,
    tool,
    rate = 100,
    tokens = 10 + this.#cast.dice.below(tool ? 10 : 40),
    ...more
  }: MessageRequest): Promise<SentMessage> {
    const said: SentMessage = { key: this.#key(), tokens }
    const asked = tool ? asksForTools(tokens, rate, said.key, tool) : asks(tokens, rate)
    await this.#post(said, '/v1/sessions/message', {
      session_id: this.trail.session,
      message: silent ? asksForSilence(tokens, said.key) : asked,
      ...more,
    })
    return said
  }

  /** The same message, so often at once. */
  async sayAtOnce(times: number): Promise<SentMessage> {
    const said: SentMessage = { key: this.#key(), tokens: 5 }
    const body = { session_id: this.trail.session, message: asks(5, 100) }
    await Promise.all(Array.from({ length: times }, () => this.#post(said, '/v1/sessions/message', body)))
    return said
  }

  /** Says what was said before once more, word for word. */
  async repeat(said: SentMessage): Promise<void> {
    await this.#post(said, '/v1/sessions/message', { session_id: this.trail.session, message: asks(said.tokens ?? 0, 100) })
  }

  leave(): Promise<unknown> {
    this.#gone.abort()
    return Promise.all(this.#reading)
  }

  /** Nobody reads, nobody asks again. */
  async #alone(tool: MessageRequest['tool']): Promise<void> {
    this.trail.quiet = true
    await this.say({ rate: 60, tool })
  }

  async #post(said: SentMessage, path: string, body: object): Promise<void> {
    if (!this.trail.said.includes(said)) this.trail.said.push(said)
    const since = Date.now()
    const { status, body: answer } = await this.#cast.person.ask('POST', path, body, { 'idempotency-key': said.key })
    if (status !== 200) {
      said.refused = `${status} ${answer?.type}`
      return
    }
    const sent = answer as Sent
    if (said.sent && JSON.stringify(said.sent) !== JSON.stringify(sent))
      this.#wrong(`${said.key} was answered ${JSON.stringify(said.sent)}, then ${JSON.stringify(sent)}`)
    said.sent = sent
    said.acknowledgedMs ??= Date.now() - since
    this.#cast.moment('acknowledged')
  }

  async #stop(said: SentMessage): Promise<void> {
    const { sent } = said
    if (!sent) return
    await sleep(this.#cast.dice.below(400))
    this.#cast.moment('cancelling')
    const { status, body } = await this.#cast.person.ask('POST', `/v1/sessions/${this.trail.session}/turns/${sent.turn_id}/cancel`)
    said.stoppedAt = Date.now()
    if (status === 202) this.trail.cancelled.set(sent.turn_id, body.outcome)
    else this.#wrong(`cancelling ${sent.turn_id} was answered ${status}`)
  }

  async #again({ turn_id }: Sent): Promise<void> {
    const said: SentMessage = { key: this.#key() }
    await this.#post(said, `/v1/sessions/${this.trail.session}/turns/${turn_id}/regenerate`, {})
  }

  /** A session that goes on elsewhere, once the turn has ended. */
  async #fork({ turn_id }: Sent): Promise<void> {
    const key = this.#key()
    const until = Date.now() + forkMs
    while (Date.now() < until) {
      const { status, body } = await this.#cast.person.ask(
        'POST',
        `/v1/sessions/${this.trail.session}/fork`,
        { turn_id },
        { 'idempotency-key': key },
      )
      if (status === 200) {
        const fork = new Actor(body.session_id, this.#cast)
        fork.trail.forkOf = this.trail.session
        this.forks.push(fork.trail)
        fork.watch()
        await fork.say({})
        this.#reading.push(this.#after(() => fork.leave().then(() => undefined)))
        return
      }
      if (status !== 409) return this.#wrong(`forking ${turn_id} was answered ${status}`)
      await sleep(300)
    }
    this.#wrong(`${turn_id} could not be forked in ${forkMs / 1_000} s`)
  }

  #after(work: () => Promise<void>): Promise<void> {
    if (this.#gone.signal.aborted) return work()
    return new Promise<void>((resolve) => this.#gone.signal.addEventListener('abort', () => work().then(resolve)))
  }

  /** Every reader is cut now. */
  cutAll(): void {
    for (const cut of this.#cuts) cut.abort()
  }

  /** A reader that is cut now and then (`steady`: only when all are), and comes back. */
  watch(steady = false): void {
    const { person, dice, moment } = this.#cast
    const seen: Seen = {
      name: `${this.trail.session} reader ${this.trail.seen.length + 1}`,
      events: [],
      texts: new Map(),
      wrong: [],
      connections: 0,
    }
    this.trail.seen.push(seen)
    const from = { id: '' }
    const reading = async () => {
      while (!this.#gone.signal.aborted) {
        const cut = new AbortController()
        this.#cuts.add(cut)
        let frames = steady ? Number.POSITIVE_INFINITY : 3 + dice.below(60)
        const signal = AbortSignal.any([cut.signal, this.#gone.signal])
        try {
          await person.read(this.trail.session, seen, from, signal, ({ data }) => {
            if (data.type === 'item.delta') moment('answering')
            // An event in the middle of an answer: the place where a wrong cursor would show.
            const inMidAnswer = data.type === 'turn.accepted' && data.seq > 3
            if (--frames === 0 || (inMidAnswer && !steady)) cut.abort()
          })
        } catch {
          // Not there yet: the first message has not arrived.
        }
        this.#cuts.delete(cut)
        await sleep(50)
      }
    }
    this.#reading.push(reading())
  }

  #wrong(what: string): void {
    const [seen] = this.trail.seen
    if (seen) seen.wrong.push(what)
    else this.trail.seen.push({ name: 'client', events: [], texts: new Map(), wrong: [what], connections: 0 })
  }

  #key(): string {
    return `${this.trail.session}-${++this.#keys}`
  }
}
