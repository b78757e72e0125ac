/** What a frame carries: a recorded event, the next text of the open item, or a notice. Pure, and small enough for browsers. */

import type { Delta, ReasoningDelta, Retrying } from './delta.ts'
import type { Event } from './event.ts'

/** The JSON of a frame. */
export type FrameBody = Event | Delta | ReasoningDelta | Retrying

/** Only a recorded event has a `seq`. */
export const isRecorded = (body: FrameBody): body is Event => 'seq' in body
