/** A conversation without a session object: real attempts at a real endpoint, real tools, and the history of a session. */

import { buildContext, type HistoryEvent } from '../../../../shared/context/build.ts'
import { type Model, ModelError } from '../../../../shared/model/model.ts'
import type { CallResult } from '../../../../shared/tool/executor.ts'
import { runAttempt, type TurnTimeouts } from '../../../../shared/turn/run.ts'
import type { RunnerLine, TurnJob } from '../../../../shared/turn/runner.ts'
import type { Endpoint } from '../../../../workers/conversation/models/endpoint.ts'
import { openAICompatible } from '../../../../workers/conversation/models/openai-compatible.ts'
import { tools } from '../../../../workers/tools/catalog/catalog.ts'
import { execute } from '../../../../workers/tools/execute.ts'
import { allowCalls } from '../../../support/allow-calls.ts'
import { noPrograms } from '../../../support/no-programs.ts'
import { closedBreaker, offlineServices } from '../../../support/tool-services.ts'

type CallLine = Extract<RunnerLine, { type: 'call' }>

/** The outcome of a turn. */
export interface Turn {
  readonly outcome: string
  readonly text: string
  readonly reason?: string | undefined
  /** The operator's excerpt of the last failure. */
  readonly detail?: string | undefined
  readonly truncated?: true | undefined
  readonly calls: readonly (readonly [name: string, args: string])[]
  readonly results: readonly string[]
}

export class Conversation {
  readonly log: HistoryEvent[] = []
  readonly #model: Model
  readonly #timeouts: TurnTimeouts
  #detail: string | undefined

  constructor(endpoint: Endpoint | Model, timeouts: TurnTimeouts, maxTokens?: number) {
    this.#timeouts = timeouts
    const model = 'answer' in endpoint ? endpoint : openAICompatible(endpoint)
    const keepDetail = (error: unknown) => {
      if (error instanceof ModelError) this.#detail = error.report?.said
    }
    this.#model = {
      async *answer(request, signal) {
        try {
          yield* model.answer(maxTokens === undefined ? request : { ...request, maxTokens }, signal)
        } catch (error) {
          keepDetail(error)
          throw error
        }
      },
    }
  }

  async send(text: string): Promise<Turn> {
    this.#detail = undefined
    this.#record({ type: 'item.added', role: 'user', text })
    const turn = { outcome: '', text: '', calls: [] as (readonly [string, string])[], results: [] as string[] }
    for (let steps = 0; steps < 3; steps++) {
      const { text: answer, calls, end } = await this.#attempt()
      turn.text += answer
      if (answer !== '') this.#record({ type: 'item.closed', text: answer })
      if (end.outcome !== 'calls')
        return { ...turn, outcome: end.outcome, reason: end.reason, truncated: end.truncated, detail: this.#detail }
      for (const [call_id, result] of await Promise.all(calls.map((call) => this.#run(call)))) {
        this.#record({ type: 'call.ended', call_id, outcome: result.outcome, text: result.text })
        turn.results.push(result.text)
      }
      turn.calls.push(...calls.map(({ name, arguments: args }) => [name, args] as const))
    }
    return { ...turn, outcome: 'looped' }
  }

  async #attempt() {
    const { messages } = buildContext([...this.log].reverse(), 24_000)
    const job: TurnJob = { ...jobFields, messages }
    const calls: CallLine[] = []
    let text = ''
    let end: Extract<RunnerLine, { type: 'end' }> | undefined
    for await (const line of runAttempt(this.#model, job, new AbortController().signal, this.#timeouts, tools)) {
      if (line.type === 'text') text += line.text
      else if (line.type === 'call') calls.push(line)
      else if (line.type === 'end') end = line
    }
    if (!end) throw new Error('the attempt has no end')
    return { text, calls, end }
  }

  async #run({ type: _, ...call }: CallLine): Promise<readonly [id: string, result: CallResult]> {
    const call_id = crypto.randomUUID()
    this.#record({ type: 'call.requested', call_id, ...call })
    let ended: CallResult | undefined
    const owner = {
      ...noPrograms,
      claimCall: async () => true,
      callReleased: () => new Promise<void>(() => {}),
      parkCall: async () => false,
      delegateCall: async () => false,
      endCall: async (_attempt: unknown, result: CallResult) => {
        ended = result
        return true
      },
    }
    const job = { ...jobFields, call_id, name: call.name, arguments: call.arguments, approved: false }
    const noService = { auditLateResult: async () => {}, personaProblem: async () => null }
    await execute(job, owner, tools, { ...allowCalls, ...noService, services: offlineServices, breaker: closedBreaker })
    if (!ended) throw new Error('the call has no result')
    return [call_id, ended]
  }

  #record(event: object): void {
    const seq = this.log.length + 1
    this.log.push({ seq, at: 0, turn_id: 't', item_id: `i${seq}`, ...event } as unknown as HistoryEvent)
  }
}

const jobFields = {
  tenant: 'acme',
  session: 's',
  subject: 'alice',
  turn_id: 't',
  token: 1,
  lease_ms: 15_000,
  messages: [],
  metadata: {},
  at: 0,
}
