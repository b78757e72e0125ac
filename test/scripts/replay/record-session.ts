/** Records a session in this process: the session's own writer and turns, a scripted model, and an executor that runs scripted tools. */

import { Turns } from '../../../durable-objects/session/turns.ts'
import { SessionWriter } from '../../../durable-objects/session/writer.ts'
import { MemoryObject } from '../../../scripts/replay/memory-object.ts'
import { Subject } from '../../../shared/ids.ts'
import type { Model, ModelChunk, ModelRequest } from '../../../shared/model/model.ts'
import type { CallJob } from '../../../shared/tool/executor.ts'
import type { ToolSpec } from '../../../shared/tool/tool.ts'
import { AttemptRecorder } from '../../../shared/turn/recording.ts'
import { runTurn } from '../../../shared/turn/run.ts'

const tenant = 'acme'
const session = 's1'
const alice = Subject.parse('alice')
const tools: ToolSpec[] = [
  { name: 'look', description: 'Looks.', parameters: {}, effect: 'none', timeout_ms: 5_000 },
  { name: 'send', description: 'Sends.', parameters: {}, effect: 'once', timeout_ms: 5_000 },
]

/** What the executor does with a call: the result; or asks the user, who decides. */
export type Scripted =
  | { readonly text: string }
  | { readonly ask: 'approval' | 'question'; readonly approved: boolean; readonly text: string }

export interface Script {
  readonly messages: readonly string[]
  /** The chunks of each model call, or an error. */
  readonly answer: (request: ModelRequest) => readonly (ModelChunk | Error)[]
  readonly call: (job: CallJob) => Scripted
  /** The turns whose recordings are lost, by position from 1. */
  readonly lost?: readonly number[]
}

/** The lines of the session's snapshot, with its recordings. */
export async function recordSession(script: Script): Promise<string[]> {
  const object = new MemoryObject()
  const recordings: (string | number)[][] = []
  const writer = new SessionWriter(object.ctx, [])
  const model: Model = {
    async *answer(request) {
      for (const step of script.answer(request)) {
        if (step instanceof Error) throw step
        yield step
      }
    },
  }
  const asked = new Map<string, Scripted & { ask: string }>()
  const executor = {
    async execute(job: CallJob) {
      const scripted = script.call(job)
      // As our executor: it returns control before it does anything.
      await Promise.resolve()
      const { calls } = turns
      if ('ask' in scripted && !asked.has(job.call_id)) {
        asked.set(job.call_id, scripted)
        const ask = scripted.ask === 'question' ? { ask: 'question' as const, choices: ['yes'] } : { binding: 'b1', rule: 'ask' as const }
        calls.awaitUser(job, 'May it?', Date.now() + 60_000, ask)
        const answer = scripted.ask === 'question' && scripted.approved ? { answer: scripted.text } : {}
        setImmediate(() => calls.decisions.decide(job.call_id, { approved: scripted.approved, ...answer }, alice))
        return
      }
      if (calls.claim(job)) calls.end(job, { outcome: 'completed', text: scripted.text })
    },
    judge: async (job: CallJob) =>
      ({ kind: 'ask', arguments: job.arguments, need: { binding: 'b1', grant: 'g1' }, reason: '', ask: { rule: 'ask' } }) as const,
  }
  const runner = {
    async run(job: Parameters<ConstructorParameters<typeof Turns>[2]['run']>[0]) {
      const recorder = new AttemptRecorder(async () => true)
      const timeouts = { aliveMs: 5_000, firstTokenMs: 60_000, betweenTokensMs: 30_000, keepAliveMs: 60_000, retryMs: [0, 0] }
      const lines = runTurn(recorder.record(model), job, new AbortController().signal, timeouts, tools, (line) => recorder.observe(line))
      await turns.attach(job.turn_id, job.token, lines)
      if (recorder.body !== undefined) recordings.push([job.turn_id, job.token, Date.now(), recorder.body.length, recorder.body])
    },
  }
  const turns: Turns = new Turns(object.ctx, writer, runner, executor, 600_000, () => {})
  const turnIds: string[] = []
  for (const text of script.messages) {
    const turn_id = crypto.randomUUID()
    turnIds.push(turn_id)
    const ids = { turn_id, item_id: crypto.randomUUID(), event_id: crypto.randomUUID() } as never as {
      turn_id: string
      item_id: string
      event_id: string
    }
    writer.execute({ kind: 'post', subject: alice, text, interrupted: { text: '' }, ...ids }, { create: { tenant, session } })
    turns.dispatch()
    while (writer.log.turn(turn_id)?.outcome === null) await new Promise((resolve) => setImmediate(resolve))
  }
  const lost = (script.lost ?? []).map((position) => turnIds[position - 1])
  const events = object.sql.exec('SELECT seq, at, type, turn_id, body FROM event ORDER BY seq').toArray()
  const rowsOf = (table: string, columns: string[], rows: unknown[][]) => JSON.stringify({ type: 'rows', table, columns, rows })
  return [
    JSON.stringify({ type: 'session', tenant, session, subject: alice, schema: 3, seq: writer.state.seq, deleted: false }),
    rowsOf(
      'recording',
      ['turn_id', 'token', 'expires_at', 'units', 'body'],
      recordings.filter(([turnId]) => !lost.includes(String(turnId))),
    ),
    rowsOf(
      'event',
      ['seq', 'at', 'type', 'turn_id', 'body'],
      events.map((row) => Object.values(row)),
    ),
    JSON.stringify({ type: 'end', rows: {} }),
  ]
}
