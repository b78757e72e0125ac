/**
 * A program that calls tools, with its session and its executor killed at every host call. The session, the executor, the judge and the engine
 * are real. The disk and the tools' effects are all that survives.
 */
import { afterEach, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { Session } from '../../durable-objects/session/session.ts'
import { CallResults, Program } from '../../shared/code/program.ts'
import type { Event } from '../../shared/events/event.ts'
import { SessionId, Subject, TenantId } from '../../shared/ids.ts'
import type { CallJob, CallOwner } from '../../shared/tool/executor.ts'
import { type Tool, tool } from '../../shared/tool/tool.ts'
import type { RunnerLine, TurnJob } from '../../shared/turn/runner.ts'
import { resumeProgram, startProgram } from '../../workers/code/machine/run.ts'
import { codeExecute } from '../../workers/tools/catalog/code-execute.ts'
import { type Dependencies, execute } from '../../workers/tools/execute.ts'
import { judge } from '../../workers/tools/judge.ts'
import { allowCalls } from '../support/allow-calls.ts'
import { engine } from '../support/engine.ts'
import { closedBreaker, offlineServices } from '../support/tool-services.ts'
import { CallLost, Host } from './host.ts'
import { platform } from './socket.ts'
import { Killed, World } from './world.ts'

Object.assign(globalThis, { WebSocketRequestResponsePair: platform.WebSocketRequestResponsePair })

/** Eight calls at once, randomness, the clock, then three approvals one after the other, each of a tool that must not run twice. */
const code = `const seen = [Math.random(), Date.now()]
console.log('start')
seen.push(...await Promise.all(Array.from({ length: 8 }, (_, n) => tools.write({ n, r: Math.random() }))), Math.random())
for (let n = 0; n < 3; n += 1) seen.push(await tools.pay({ n, at: Date.now() }), Math.random())
console.log('end')
seen`

const [tenant, id, alice] = [TenantId.parse('acme'), SessionId.parse('s'), Subject.parse('alice')]
const at = Date.UTC(2026, 11, 1)
const realTimeout = setTimeout

/** One session and its executors. `killAt`: the boundary at which everything dies; 0: none. */
class Stack {
  readonly world = new World([])
  readonly host = new Host<Session>(this.world, 'session', (ctx, emit) => new Session(ctx, this.#bindings(emit)))
  /** Effects in the outside, by call. */
  readonly effects = new Map<string, number>()
  starts = 0
  resumes = 0
  boundaries = 0
  approvals = 0
  readonly #killAt: number
  readonly #checks: boolean
  #life = 0

  constructor(killAt: number, checks = true) {
    this.#killAt = killAt
    this.#checks = checks
  }

  get events(): Event[] {
    const rows = this.host.disk.exec("SELECT 1 FROM sqlite_master WHERE name = 'event'", [])
    if (rows.length === 0) return []
    return this.host.disk
      .exec('SELECT seq, at, type, body FROM event ORDER BY seq', [])
      .map(({ body, ...event }) => ({ ...event, ...JSON.parse(String(body)) }) as unknown as Event)
  }

  /** Runs the turn to its end. Approves whatever waits for a user. */
  async complete(): Promise<string> {
    const message = { tenant, session: id, subject: alice, event_id: 'e', fingerprint: 'f', text: 'Go.' }
    void this.host.call('send', (object) => object.send(message)).catch(() => {})
    let seen = -1
    for (let steps = 0; steps < 100_000; steps += 1) {
      const task = this.world.tasks.shift()
      if (task) await this.world.runTask(task)
      // The engine and its compression work outside of the simulated world.
      else await new Promise((resolve) => realTimeout(resolve, 1))
      const { transactions } = this.host.disk
      if (transactions === seen) continue
      seen = transactions
      const last = this.events.at(-1)
      if (last?.type === 'turn.ended') break
      if (last?.type !== 'call.parked' || this.approvals >= last.seq) continue
      this.approvals = last.seq
      // A user whose answer is lost decides again.
      const again = () => {
        this.approvals = 0
        seen = -1
      }
      void this.host.call('decide', (object) => object.decide(alice, last.call_id, true, alice)).catch(again)
    }
    expect(this.world.failures).toEqual([])
    const end = this.events.find((event) => event.type === 'call.ended')
    expect(this.events.at(-1)).toMatchObject({ type: 'turn.ended', outcome: 'completed' })
    return end?.type === 'call.ended' ? end.text : ''
  }

  /** Where everything may die. An executor of an earlier life does nothing more. */
  async #boundary(life: number): Promise<void> {
    if (life !== this.#life) return new Promise(() => {})
    this.boundaries += 1
    if (this.boundaries !== this.#killAt) return
    this.#life += 1
    this.host.crash()
    // An object wakes by its alarm, or by a doorbell.
    this.world.schedule('wake', () => this.host.call('dispatch', (object) => object.dispatch()).catch(() => {}))
    return new Promise(() => {})
  }

  #bindings(emit: (output: () => void) => void): StateEnv {
    const remote = <T>(label: string, work: () => Promise<T>) =>
      new Promise<T>((resolve, reject) => {
        const lost = () => reject(new CallLost(label))
        emit(() => this.world.schedule(label, () => work().then(resolve, reject), lost))
      })
    const queue = { send: async () => {} }
    return {
      ...{ SOMA_CONSUMERS: 'relay', CONVERSATION_INBOUND: queue, OUTBOUND_RELAY: queue },
      HOME: { getByName: () => ({ note: async () => {} }) },
      RUNNER: { run: (job: TurnJob) => remote('run', () => this.#answer(job)) },
      EXECUTOR: {
        execute: (job: CallJob) => remote('execute', () => this.#execute(job)),
        judge: async (job: CallJob) => (await judge(job, this.#tools(this.#life), this.#dependencies(this.#life))).verdict,
      },
    } as unknown as StateEnv
  }

  async #answer(job: TurnJob): Promise<void> {
    const call = { type: 'call', name: 'code_execute', effect: 'idempotent', timeout_ms: 60_000 } as const
    const lines: RunnerLine[] = job.messages.some(({ role }) => role === 'tool')
      ? [
          { type: 'text', text: 'Done.' },
          { type: 'end', outcome: 'completed' },
        ]
      : [
          { ...call, arguments: JSON.stringify({ language: 'javascript', code }) },
          { type: 'end', outcome: 'calls' },
        ]
    const bytes = new Blob([lines.map((line) => `${JSON.stringify(line)}\n`).join('')]).stream()
    await this.host.call('attach', (object) => object.attach(job.turn_id, job.token, bytes)).catch(() => {})
  }

  #execute(job: CallJob): Promise<void> {
    const life = this.#life
    const owner = new Proxy({} as CallOwner, {
      get:
        (_, method: keyof CallOwner) =>
        async (...args: never[]) => {
          await this.#boundary(life)
          const answer = await this.host.call(method, (object) => (object[method] as (...args: never[]) => unknown)(...args))
          await this.#boundary(life)
          return answer
        },
    })
    return execute(job, owner, this.#tools(life), this.#dependencies(life))
  }

  #tools(life: number): Tool[] {
    const happen = async (key: string, result: string) => {
      await this.#boundary(life)
      this.effects.set(key, (this.effects.get(key) ?? 0) + 1)
      await this.#boundary(life)
      return result
    }
    const write = tool({
      ...{ name: 'write', description: '', effect: 'idempotent' as const },
      arguments: { n: z.number(), r: z.number() },
      // As a tool with an idempotency key: a repeated run changes nothing.
      run: ({ n, r }, { job: { call_id } }) => (this.effects.has(call_id) ? `wrote ${n} ${r}` : happen(call_id, `wrote ${n} ${r}`)),
    })
    const pay = tool({
      ...{ name: 'pay', description: '', effect: 'once' as const, approval: 'ask' as const },
      arguments: { n: z.number(), at: z.number() },
      run: ({ n }, { job: { call_id } }) => happen(call_id, `paid ${n}`),
      ...(this.#checks && {
        check: async ({ n }, { job: { call_id } }) => (this.effects.has(call_id) ? { happened: `paid ${n}` } : ('not_happened' as const)),
      }),
    })
    return [codeExecute, write, pay]
  }

  #dependencies(life: number): Dependencies {
    return {
      ...allowCalls,
      auditLateResult: async () => {},
      personaProblem: async () => null,
      breaker: closedBreaker,
      services: {
        ...offlineServices,
        code: {
          start: async (program) => {
            this.starts += 1
            await this.#boundary(life)
            return startProgram(engine, Program.parse(JSON.parse(program)))
          },
          resume: async (snapshot, results) => {
            this.resumes += 1
            await this.#boundary(life)
            return resumeProgram(engine, snapshot, CallResults.parse(JSON.parse(results)))
          },
        },
      },
    }
  }
}

/** A timer of a killed object does nothing. */
const setTimeoutUnlessKilled = ((run: () => void, ms?: number) =>
  realTimeout(() => {
    try {
      run()
    } catch (error) {
      if (!(error instanceof Killed)) throw error
    }
  }, ms)) as typeof setTimeout

async function complete(killAt: number, checks = true) {
  let ids = 0
  vi.spyOn(globalThis, 'setTimeout').mockImplementation(setTimeoutUnlessKilled)
  vi.spyOn(crypto, 'randomUUID').mockImplementation(() => `00000000-0000-4000-8000-${String(++ids).padStart(12, '0')}`)
  vi.spyOn(Date, 'now').mockReturnValue(at)
  vi.spyOn(console, 'log').mockImplementation(() => {})
  vi.spyOn(console, 'warn').mockImplementation(() => {})
  vi.spyOn(console, 'error').mockImplementation(() => {})
  const stack = new Stack(killAt, checks)
  return { stack, text: await stack.complete() }
}

afterEach(() => {
  vi.restoreAllMocks()
})

describe('A program that calls tools', () => {
  it('ends as if it had not been killed, at every host call: each effect once, and the same values', async () => {
    const { stack: whole, text } = await complete(0)
    const { value, console: lines } = JSON.parse(text)
    expect(value).toHaveLength(2 + 8 + 1 + 6)
    expect(value[1]).toBe(at)
    expect(lines).toBe('start\nend')
    expect(whole.effects.size).toBe(11)
    expect(whole.boundaries).toBeGreaterThan(60)
    for (let killAt = 1; killAt <= whole.boundaries; killAt += 1) {
      const { stack, text: after } = await complete(killAt)
      expect([killAt, after]).toEqual([killAt, text])
      expect([killAt, Object.fromEntries(stack.effects)]).toEqual([killAt, Object.fromEntries(whole.effects)])
      expect([killAt, [...stack.effects.values()].every((count) => count === 1)]).toEqual([killAt, true])
    }
  }, 900_000)

  it('continues from its snapshot, and does not start again', async () => {
    const { stack: whole } = await complete(0)
    const { stack } = await complete(whole.boundaries - 12)
    expect(stack.starts).toBe(1)
    expect(stack.resumes).toBeLessThanOrEqual(whole.resumes + 1)
  })

  it('is told that an effect is unknown, if it was cut off and its tool cannot check', async () => {
    const { stack: whole } = await complete(0, false)
    let unknown = 0
    // The calls of `pay` are the last ones.
    for (let killAt = whole.boundaries - 14; killAt <= whole.boundaries; killAt += 1) {
      const { stack, text } = await complete(killAt, false)
      expect([killAt, [...stack.effects.values()].every((count) => count === 1)]).toEqual([killAt, true])
      if (text.includes('is unknown')) unknown += 1
    }
    expect(unknown).toBeGreaterThan(0)
  }, 900_000)
})
