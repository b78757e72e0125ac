/**
 * Continues a recorded session from one of its turns, in memory: with another model, persona or policy. The user's messages are those of
 * the log. Each turn follows what the branch has said, not what the log has.
 */
import { EventLog } from '../../durable-objects/session/event-log.ts'
import { Turns } from '../../durable-objects/session/turns.ts'
import { SessionWriter } from '../../durable-objects/session/writer.ts'
import type { Event } from '../../shared/events/event.ts'
import type { Model } from '../../shared/model/model.ts'
import { emptySession } from '../../shared/session/session.ts'
import type { ToolSpec } from '../../shared/tool/tool.ts'
import { type Recording, recordedModel, recordedTools } from '../../shared/turn/recording.ts'
import { runTurn } from '../../shared/turn/run.ts'
import type { TurnJob } from '../../shared/turn/runner.ts'
import { BranchCalls, type Denies } from './branch-calls.ts'
import { differences } from './compare.ts'
import { MemoryObject } from './memory-object.ts'
import { type RecordedSession, type RecordedTurn, turnsOf } from './recorded-session.ts'
import { playedTimeouts, type ReplayedTurn, recordedBodies } from './replay-turn.ts'

export interface Branch {
  /** The position of the first turn that runs again, from 1. */
  readonly from: number
  /** The model that answers, and its tools. Undefined: the recorded pieces are played. */
  readonly answerer: { readonly model: Model; readonly tools: readonly ToolSpec[] } | undefined
  readonly denies: Denies
}

const leaseMs = 600_000
/** The longest turn of a branch. Milliseconds. */
const turnMs = 600_000

/** Each turn from `branch.from` on, with what differs from the log. */
export async function* branchSession(recorded: RecordedSession, branch: Branch): AsyncGenerator<ReplayedTurn> {
  const turns = new Map(
    turnsOf(recorded)
      .filter(({ position }) => position >= branch.from)
      .map((turn) => [turn.turn_id, turn]),
  )
  const object = new MemoryObject()
  try {
    const log = new EventLog(object.sql)
    object.inTransaction(() => log.create(recorded.tenant, recorded.session))
    let state = emptySession
    for (const { event } of recorded.events) {
      const turn = 'turn_id' in event ? turns.get(event.turn_id) : undefined
      const isRunAgain = turn !== undefined && event.seq >= turn.startSeq
      if (!isRunAgain) state = object.inTransaction(() => log.insert(state, [{ ...event, seq: state.seq + 1 } as Event]).state)
      if (!turn || event.seq !== turn.startSeq) continue
      const startSeq = state.seq + 1
      yield await run(object, recorded, turn, branch, startSeq)
      state = log.load()
    }
  } finally {
    object.close()
  }
}

async function run(
  object: MemoryObject,
  recorded: RecordedSession,
  turn: RecordedTurn,
  branch: Branch,
  startSeq: number,
): Promise<ReplayedTurn> {
  const { turn_id, position, events } = turn
  const recordings = [...(recorded.recordings.get(turn_id) ?? [])]
  const writer = new SessionWriter(object.ctx, [])
  let missing = false
  const runner = {
    async run(job: TurnJob) {
      const answerer = job.turn_id === turn_id ? (branch.answerer ?? playedAnswerer(recordings.shift())) : undefined
      missing ||= job.turn_id === turn_id && !answerer
      if (answerer) {
        const timeouts = branch.answerer ? undefined : playedTimeouts
        await turns.attach(job.turn_id, job.token, runTurn(answerer.model, job, new AbortController().signal, timeouts, answerer.tools))
      }
      // The session tries again when a runner returns without an end.
      return new Promise<void>(() => {})
    },
  }
  const calls = new BranchCalls(
    events.map(({ event }) => event),
    () => turns,
    branch.denies,
  )
  const turns: Turns = new Turns(object.ctx, writer, runner, calls, leaseMs, () => {})
  turns.dispatch()
  const until = Date.now() + turnMs
  while (writer.log.turn(turn_id)?.outcome === null && !missing && Date.now() < until)
    await new Promise((resolve) => setTimeout(resolve, 1))
  const reason = missing ? 'it was not recorded, or it called the model more often' : 'it did not end'
  const hasEnded = writer.log.turn(turn_id)?.outcome !== null
  // The turns after it need an end.
  if (!hasEnded) turns.cancel(turn_id)
  turns.release('over')
  if (!hasEnded) return { turn_id, position, reason }
  const bodies = recordedBodies(object, turn_id, startSeq)
  return {
    turn_id,
    position,
    differences: differences(
      events.map(({ body }) => body),
      bodies,
    ),
  }
}

const playedAnswerer = (recording: Recording | undefined) =>
  recording && { model: recordedModel(recording), tools: recordedTools(recording) }
