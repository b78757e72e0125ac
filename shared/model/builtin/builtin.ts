/**
 * The responder that needs no model: a fixed program, the same answer to the same conversation always. It says what it is,
 * and what it says is right or a quotation.
 */

import { sleep } from '../../lib/timeout.ts'
import type { Model } from '../model.ts'
import { next } from './next.ts'
import { words } from './words.ts'

export interface Pace {
  /** Pause before each word, ms. 0: none. */
  readonly wordMs: number
}

/**
 * Answers word by word, so that streaming looks and behaves as it does with a model. Asked with lines like `/tool NAME JSON`, it calls
 * those tools, all at once; a line `then` begins another step.
 */
export const builtin = (pace: Pace): Model => ({
  async *answer(request, signal) {
    const { said, calls } = next(request)
    for (const word of words(said)) {
      if (pace.wordMs > 0) await sleep(pace.wordMs, signal)
      signal.throwIfAborted()
      yield { type: 'text', text: word }
    }
    for (const call of calls) yield { type: 'call', ...call }
  },
})
