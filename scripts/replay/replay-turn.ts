/**
 * Runs one recorded turn again. The session's own writer and turns decide and record; the model and the tools are played from the
 * recording. Nothing leaves the process.
 */

import { Turns } from '../../durable-objects/session/turns.ts'
import { SessionWriter } from '../../durable-objects/session/writer.ts'
import type { ModelMessage } from '../../shared/model/model.ts'
import { promptHash, type Recording, recordedModel, recordedTools } from '../../shared/turn/recording.ts'
import { defaultTimeouts, runTurn } from '../../shared/turn/run.ts'
import type { Runner } from '../../shared/turn/runner.ts'
import { type Difference, differences } from './compare.ts'
import type { MemoryObject } from './memory-object.ts'
import { RecordedCalls } from './recorded-calls.ts'
import { obstacle, type RecordedTurn } from './recorded-session.ts'

/** How a turn compares with its replay. Without `differences`: it is not replayed, and `reason` says why. */
export interface ReplayedTurn {
  readonly turn_id: string
  readonly position: number
  readonly differences?: readonly Difference[]
  readonly reason?: string
}

/** How long a replay may make no progress. It waits for nothing, so it is stuck then. Milliseconds. */
const stuckMs = 5_000
const leaseMs = 600_000
/** A replay does not wait between attempts at a model. */
export const playedTimeouts = { ...defaultTimeouts, retryMs: defaultTimeouts.retryMs.map(() => 0) }

/** Replays a turn on an object whose log ends where the turn started. Leaves the tables as it found them. */
export async function replayTurn(object: MemoryObject, turn: RecordedTurn, recordings: readonly Recording[]): Promise<ReplayedTurn> {
  const { turn_id, position } = turn
  const reason = obstacle(turn, recordings)
  if (reason !== undefined) return { turn_id, position, reason }
  object.remember()
  try {
    const { prompts, bodies } = await run(object, turn, recordings)
    return {
      turn_id,
      position,
      differences: [
        ...prompts,
        ...differences(
          turn.events.map(({ body }) => body),
          bodies,
        ),
      ],
    }
  } finally {
    object.forget()
  }
}

/** The events that the turn records now, and the prompts that differ. */
async function run(object: MemoryObject, turn: RecordedTurn, recordings: readonly Recording[]) {
  const { turn_id, startSeq, events } = turn
  const prompts: Difference[] = []
  let step = 0
  const writer = new SessionWriter(object.ctx, [])
  const runner: Runner = {
    async run(job) {
      const recording = recordings[step++]
      if (job.turn_id !== turn_id || !recording) return
      const hash = promptHash(withIds(job.messages, requestedCalls(bodies()), recordedCalls))
      if (hash !== recording.prompt_sha256)
        prompts.push({ index: step, type: 'prompt', pointer: '/sha256', recorded: recording.prompt_sha256, replayed: hash })
      const stream = runTurn(recordedModel(recording), job, new AbortController().signal, playedTimeouts, recordedTools(recording))
      await turns.attach(job.turn_id, job.token, stream)
    },
  }
  const recordedCalls = requestedCalls(events.map(({ body }) => body))
  const calls = new RecordedCalls(
    turn_id,
    events.map(({ event }) => event),
  )
  const turns = new Turns(object.ctx, writer, { run: (job) => runner.run(job).then(() => new Promise(() => {})) }, calls, leaseMs, () => {})
  const bodies = () => recordedBodies(object, turn_id, startSeq)
  turns.dispatch()
  for (const [index, { event }] of events.entries()) {
    const isThere = () => bodies().length > index || writer.log.turn(turn_id)?.outcome !== null
    for (const stuckAt = Date.now() + stuckMs; !isThere(); ) {
      const isPlayed = 'call_id' in event && (await calls.play(event, turns, requestedCalls(bodies())))
      if (isPlayed) continue
      if (Date.now() > stuckAt) return { prompts, bodies: bodies() }
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  turns.release('over')
  return { prompts, bodies: bodies() }
}

/** The events of the turn since `startSeq`, as they lie on disk. */
export const recordedBodies = ({ sql }: MemoryObject, turnId: string, startSeq: number): string[] =>
  sql
    .exec<{ body: string }>('SELECT body FROM event WHERE turn_id = ? AND seq >= ? ORDER BY seq', turnId, startSeq)
    .toArray()
    .map(({ body }) => body)

/** The messages with the recorded ids of the turn's calls. */
function withIds(messages: readonly ModelMessage[], own: readonly string[], recorded: readonly string[]): ModelMessage[] {
  const recordedId = (id: string) => recorded[own.indexOf(id)] ?? id
  return messages.map((message) => {
    if (message.role === 'tool') return { ...message, call_id: recordedId(message.call_id) }
    if (message.role !== 'assistant' || !message.calls) return message
    return { ...message, calls: message.calls.map((call) => ({ ...call, call_id: recordedId(call.call_id) })) }
  })
}

/** The ids of the calls in `bodies`, in order. */
const requestedCalls = (bodies: readonly string[]): string[] =>
  bodies.flatMap((body) => {
    const { type, call_id } = JSON.parse(body)
    return type === 'call.requested' ? [call_id] : []
  })
