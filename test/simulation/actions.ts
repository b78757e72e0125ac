/** What users do: send, edit, regenerate, pause, cancel, and decide about calls. The world chooses. */
import type { SendMessageInput } from '../../durable-objects/session/send-message-input.ts'
import type { Session } from '../../durable-objects/session/session.ts'
import type { Event } from '../../shared/events/event.ts'
import { Subject } from '../../shared/ids.ts'
import type { Client } from './client.ts'
import type { Host } from './host.ts'
import { alice, session, tenant } from './names.ts'
import { effects, type Tools, toolNames } from './tools.ts'
import type { World } from './world.ts'

export class Actions {
  readonly #world: World
  readonly #host: Host<Session>
  readonly #client: Client
  readonly #tools: Tools
  /** The events on disk. Null: there is no session yet. */
  readonly #log: () => { readonly events: Event[] } | null
  #keys = 0

  constructor(world: World, host: Host<Session>, client: Client, tools: Tools, log: () => { readonly events: Event[] } | null) {
    this.#world = world
    this.#host = host
    this.#client = client
    this.#tools = tools
    this.#log = log
  }

  #send(overrides: Partial<SendMessageInput>, key = `k${++this.#keys}`): Promise<void> {
    return this.#client.send({ tenant, session, subject: alice, event_id: key, fingerprint: key, text: `text of ${key}`, ...overrides })
  }

  /** Takes one of 16 actions. */
  act(choice: number): unknown {
    const world = this.#world
    const client = this.#client
    const turns = [...client.ledger.sent.values()]
    const turn = turns[world.choose(turns.length)]?.turn_id
    if (choice < 4) return this.#send({})
    if (choice === 4) return this.#send({ on_conflict: 'interrupt' })
    if (choice === 5) return this.#send({ on_conflict: 'reject' })
    if (choice === 6) {
      const repeated = [...client.ledger.keys.values()][world.choose(client.ledger.keys.size)]
      return repeated && Promise.all([client.send(repeated), client.send(repeated)])
    }
    if (choice === 7) return this.#actAsOtherUser()
    if (!turn) return this.#send({})
    if (choice === 8) return this.#send({ text: undefined, regenerates: turn }, `r${++this.#keys}`)
    if (choice === 9) return this.#send({ parent_turn_id: turn }, `e${++this.#keys}`)
    if (choice === 10) return client.request('pause', (object) => object.pause(alice, world.choose(2) === 0))
    if (choice > 13) return this.#requestTool()
    if (choice > 11) return this.#decide()
    return client.cancel(alice, turn)
  }

  /** Requests a call as a turn of its own, without a model. */
  #requestTool(): Promise<void> {
    const name = toolNames[this.#world.choose(toolNames.length)] ?? 'add'
    const tool = { name, arguments: '{}', effect: effects[name], timeout_ms: 60_000, ...(name === 'probe' && { checks: true as const }) }
    return this.#send({ text: `/tool ${name} {}`, tool }, `t${++this.#keys}`)
  }

  /** A user decides about a call that waits, resolves a call that was cut off, or revokes an approval. */
  #decide(): unknown {
    const world = this.#world
    const client = this.#client
    const { disk } = this.#host
    const waiting = this.#log() ? disk.exec("SELECT call_id, state FROM call WHERE state IN ('parked', 'unresolved')", []) : []
    const call = waiting[world.choose(waiting.length)]
    if (!call) return client.request('revoke', (object) => object.revokeApproval(alice, 'ask', alice))
    const id = String(call.call_id)
    if (call.state === 'unresolved')
      return client.request('resolve', (object) => object.resolveCall(alice, id, this.#tools.resolutionOf(id), alice))
    const isQuestion = this.#log()?.events.some((event) => event.type === 'call.parked' && event.call_id === id && event.ask === 'question')
    const choice = world.choose(6)
    if (choice < 2) return client.request('decline', (object) => object.decide(alice, id, false, alice, undefined, { reason: 'not now' }))
    const edited = choice === 2 ? { arguments: { n: id } } : choice === 3 ? { remember: true } : {}
    const details = isQuestion ? { answer: 'two' } : edited
    return client.request('approve', (object) => object.decide(alice, id, true, alice, undefined, details))
  }

  /** Acts as another user of the tenant, who knows every id. */
  #actAsOtherUser(): void {
    const mallory = Subject.parse('mallory')
    const turn = [...this.#client.ledger.sent.values()][0]?.turn_id ?? ''
    const attempts: ((object: Session) => unknown)[] = [
      (object) => object.history(mallory),
      (object) => object.read(mallory, ''),
      (object) => object.events(mallory, '', 10),
      (object) => object.cancel(mallory, turn),
      (object) => object.pause(mallory, true),
      (object) => object.decide(mallory, turn, true, mallory),
    ]
    // The first sender of a message owns a new session, which this does not test.
    if (this.#client.ledger.sent.size === 0) return
    for (const attempt of attempts)
      this.#host
        .call('mallory', async (object) => {
          const answer = (await attempt(object)) as { ok: boolean }
          if (answer.ok) this.#world.fail(`mallory was not refused: ${attempt}`)
        })
        .catch(() => {})
  }
}
