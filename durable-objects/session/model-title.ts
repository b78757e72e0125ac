/** Records the title that the utility model wrote. */
import { cleanTitle } from '../../shared/session/model-title.ts'
import { isGone } from '../../shared/session/session.ts'
import type { SessionWriter } from './writer.ts'

/** Records `text` as the title after the completed turn. False: the session has a title, or `text` is none. So one title is recorded at most. */
export function recordModelTitle(writer: SessionWriter, turnId: string, text: string): boolean {
  const { log, state } = writer
  if (!log.exists || isGone(state) || log.turn(turnId)?.outcome !== 'completed' || log.hasTitle) return false
  const title = cleanTitle(text)
  if (title === '') return false
  // With the time of the last event, the session does not look active again in lists.
  writer.execute({ kind: 'title', title }, { at: state.at })
  return true
}
