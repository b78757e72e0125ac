/** The recordings of a session's model calls, for replays. Each is erased at its time, by the timer `recording`. They are in no event. */
import { recordingUnits } from '../../shared/turn/recording-limits.ts'
import { addRecording, eraseUntil } from './recording-table.ts'
import type { SessionWriter } from './writer.ts'

/** The recording of one attempt, as it is stored. */
export interface NewRecording {
  readonly turn_id: string
  /** The fencing token of the attempt. Later attempts and steps of a turn have larger ones. */
  readonly token: number
  /** The recording, as JSON. */
  readonly body: string
  readonly keepMs: number
}

/** Stores a recording. Does nothing if the turn does not exist, or if its session is deleted. Repeating the call changes nothing. */
export function storeRecording(sql: SqlStorage, writer: SessionWriter, { turn_id, token, body, keepMs }: NewRecording): void {
  const { log, state } = writer
  if (!log.exists || state.deleted || !log.turn(turn_id) || body.length > recordingUnits || keepMs <= 0) return
  writer.write(() => {
    addRecording(sql, turn_id, token, Date.now() + keepMs, body)
    setTimer(sql, writer)
  })
}

/** The timer `recording` is due: a recording has reached its time. */
export const eraseExpired = (sql: SqlStorage, writer: SessionWriter): void => writer.write(() => setTimer(sql, writer))

/** Erases what has reached its time, and sets the timer for the rest. Call inside a transaction. */
function setTimer(sql: SqlStorage, { timers }: SessionWriter): void {
  const next = eraseUntil(sql, Date.now())
  if (next === null) timers.drop('recording')
  else timers.put('recording', '', next)
}
