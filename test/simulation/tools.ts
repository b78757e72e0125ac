/** Simulated tools. Each run has a unique text, so a result in the log can be compared with the runs. */
import type { Session } from '../../durable-objects/session/session.ts'
import type { Effect } from '../../shared/events/event.ts'
import { ok } from '../../shared/result.ts'
import { catalogTool } from '../../shared/tool/catalog.ts'
import type { Attempt, CallJob, CallOwner } from '../../shared/tool/executor.ts'
import type { Tool } from '../../shared/tool/tool.ts'
import { type Dependencies, execute } from '../../workers/tools/execute.ts'
import { offlineServices } from '../support/tool-services.ts'
import { CallLost, type Host } from './host.ts'
import type { World } from './world.ts'

/** By name. `ask` needs an approval. */
export const effects = { look: 'none', set: 'idempotent', add: 'once', ask: 'once' } as const satisfies Record<string, Effect>
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
}

const hooks: Dependencies = {
  catalogTool: async (declared) => catalogTool(declared, undefined),
  authorize: async () => null,
  auditLateResult: async () => {},
  services: offlineServices,
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
    if (job.name !== 'ask' || job.approved) return execute(job, owner, [this.#tool(job)], hooks)
    const { turn_id, call_id, token } = job
    const attempt = { turn_id, call_id, token }
    if (await owner.claimCall(attempt)) await owner.parkCall(attempt, 'May I?', this.#world.wall + approvalMs)
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
      claimCall: (attempt) =>
        host.call(`claim ${attempt.call_id}#${attempt.token}`, (object) => checkFence('begin', attempt, object.claimCall(attempt))),
      callReleased: (attempt) => host.call(`hold ${attempt.call_id}`, (object) => object.callReleased(attempt)),
      parkCall: (attempt, reason, until) => host.call(`park ${attempt.call_id}`, (object) => object.parkCall(attempt, reason, until)),
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
      output_units: 1_000,
      scopes: [],
      approval: 'never',
      run: (_, { signal }) =>
        new Promise((resolve, reject) => {
          const run: Run = { call_id, text: `${name} ${this.runs.length}`, done: false, stopped: false }
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
          this.#world.schedule(`tool ${run.text}`, act, () => {})
        }),
    }
  }
}
