/** Simulated tools. Each run has a unique text, so a result in the log can be compared with the runs. */
import type { Session } from '../../durable-objects/session/session.ts'
import type { Effect, Resolution } from '../../shared/events/event.ts'
import { ok } from '../../shared/result.ts'
import type { ApprovalRule } from '../../shared/tool/approval-rule.ts'
import type { Attempt, CallJob, CallOwner, Verdict } from '../../shared/tool/executor.ts'
import type { Checked, Tool } from '../../shared/tool/tool.ts'
import { type Dependencies, execute } from '../../workers/tools/execute.ts'
import { judge } from '../../workers/tools/judge.ts'
import { allowCalls } from '../support/allow-calls.ts'
import { noPrograms } from '../support/no-programs.ts'
import { closedBreaker, offlineServices } from '../support/tool-services.ts'
import { CallLost, type Host } from './host.ts'
import type { World } from './world.ts'

/** By name. `ask` needs an approval, `wonder` asks a question, and `probe` can check what became of its effect. */
export const effects = {
  look: 'none',
  set: 'idempotent',
  add: 'once',
  ask: 'once',
  wonder: 'none',
  probe: 'once',
} as const satisfies Record<string, Effect>
export type ToolName = keyof typeof effects
export const toolNames = Object.keys(effects) as ToolName[]

/** One run of a tool. */
export interface Run {
  readonly call_id: string
  readonly text: string
  /** It has taken effect. */
  done: boolean
  /** Its result is no longer needed. */
  stopped: boolean
  readonly arguments: string
  /** The last event on disk when it started. */
  readonly after: number
}

/** The rules of the tools, as their catalog entries would say. */
const approvals: Partial<Record<ToolName, ApprovalRule>> = { ask: 'ask' }
const dependencies: Dependencies = {
  ...allowCalls,
  auditLateResult: async () => {},
  personaProblem: async () => null,
  services: offlineServices,
  breaker: closedBreaker,
}
const approvalMs = 3_600_000

/** Runs the real executor code against the simulated object. The world decides the duration of a tool. */
export class Tools {
  readonly runs: Run[] = []
  readonly #world: World
  readonly #host: Host<Session>
  /** The newest requested token, by call. */
  readonly #newestTokens = new Map<string, number>()

  constructor(world: World, host: Host<Session>) {
    this.#world = world
    this.#host = host
  }

  async execute(job: CallJob): Promise<void> {
    this.#newestTokens.set(job.call_id, Math.max(this.#newestTokens.get(job.call_id) ?? 0, job.token))
    const owner = this.#owner()
    return execute(job, owner, [this.#tool(job)], dependencies)
  }

  async judge(job: CallJob): Promise<Verdict> {
    const { verdict } = await judge(job, [this.#tool(job)], dependencies)
    return verdict
  }

  #owner(): CallOwner {
    const host = this.#host
    /** A fenced attempt must not be granted anything. */
    const checkFence = (operation: string, { call_id, token }: Attempt, granted: boolean) => {
      if (granted && token < (this.#newestTokens.get(call_id) ?? 0))
        this.#world.fail(`an older attempt at ${call_id} may ${operation}: ${token}`)
      return granted
    }
    return {
      claimCall: (attempt, terms) =>
        host.call(`claim ${attempt.call_id}#${attempt.token}`, (object) => checkFence('begin', attempt, object.claimCall(attempt, terms))),
      callReleased: (attempt) => host.call(`hold ${attempt.call_id}`, (object) => object.callReleased(attempt)),
      parkCall: (attempt, reason, _, ask) =>
        host.call(`park ${attempt.call_id}`, (object) => object.parkCall(attempt, reason, this.#world.wall + approvalMs, ask)),
      delegateCall: (attempt, request) => host.call(`delegate ${attempt.call_id}`, (object) => object.delegateCall(attempt, request)),
      ...noPrograms,
      endCall: (attempt, result) =>
        host.call(`end ${attempt.call_id}#${attempt.token}`, (object) => checkFence('return', attempt, object.endCall(attempt, result))),
    }
  }

  #tool({ name, call_id }: CallJob): Tool {
    return {
      name,
      description: '',
      parameters: {},
      effect: effects[name as ToolName],
      timeout_ms: 60_000,
      output_units: 65_536,
      scopes: [],
      approval: approvals[name as ToolName] ?? 'never',
      problem: () => null,
      ...(name === 'wonder' && { question: () => ({ text: 'How many?', choices: ['one', 'two'] }) }),
      ...(name === 'probe' && { check: async () => this.#check(call_id) }),
      run: (args, { signal }) =>
        new Promise((resolve, reject) => {
          const run: Run = {
            ...{ call_id, text: `${name} ${this.runs.length}`, done: false, stopped: false, arguments: args },
            after: Number(this.#host.disk.exec('SELECT max(seq) seq FROM event', [])[0]?.seq),
          }
          this.runs.push(run)
          signal.addEventListener('abort', () => {
            run.stopped = true
          })
          // If the machine stops, its runs are lost.
          const act = () => {
            if (run.stopped) return reject(new CallLost('stopped'))
            run.done = true
            resolve(ok(run.text))
          }
          const lose = () => {
            run.stopped = true
          }
          this.#world.schedule(`tool ${run.text}`, act, lose)
        }),
    }
  }

  /** What became of the runs of a call, as the outside knows it. */
  #check(callId: string): Checked {
    const runs = this.runs.filter(({ call_id }) => call_id === callId)
    const done = runs.find(({ done }) => done)
    if (done) return { happened: done.text }
    return runs.every(({ stopped }) => stopped) ? 'not_happened' : 'unknown'
  }

  /** What a user knows who looks at the effects of a call. */
  resolutionOf(callId: string): Resolution {
    const checked = this.#check(callId)
    if (checked === 'unknown') return 'given_up'
    return checked === 'not_happened' ? 'again' : 'happened'
  }
}
