/** Replays the turns of a recorded session, one after the other. Each starts from the recorded log. */
import { EventLog } from '../../durable-objects/session/event-log.ts'
import { emptySession, type SessionState } from '../../shared/session/session.ts'
import { MemoryObject } from './memory-object.ts'
import { type RecordedSession, turnsOf } from './recorded-session.ts'
import { type ReplayedTurn, replayTurn } from './replay-turn.ts'

/** Each turn of `recorded` with its comparison. Reads the log once, for any number of turns. */
export async function* replaySession(recorded: RecordedSession): AsyncGenerator<ReplayedTurn> {
  const object = new MemoryObject()
  try {
    const log = new EventLog(object.sql)
    let state: SessionState = emptySession
    let next = 0
    for (const turn of turnsOf(recorded)) {
      const before = recorded.events.slice(next).filter(({ event }) => event.seq < turn.startSeq)
      next += before.length
      state = object.inTransaction(() => {
        log.create(recorded.tenant, recorded.session)
        return log.insert(
          state,
          before.map(({ event }) => event),
        ).state
      })
      yield await replayTurn(object, turn, recorded.recordings.get(turn.turn_id) ?? [])
    }
  } finally {
    object.close()
  }
}
