/**
 * The builtin responder: a deterministic program in place of a model. Portable. The same conversation always gets the same answer. It says
 * that it is not a model, and its answers are computed or quoted.
 */
import { sleep } from '../../lib/timeout.ts'
import type { Model } from '../model.ts'
import { nextStep } from './next-step.ts'
import { words } from './words.ts'

/** The speed of the responder. */
export interface Pace {
  /** Pause before each word, ms; 0: none. */
  readonly wordMs: number
}

/**
 * Streams word by word, as a model does. Lines such as `/tool NAME JSON` call tools, all in one step; a line `then` starts another step.
 */
export const builtin = (pace: Pace): Model => ({
  async *answer(request, signal) {
    const { text, calls } = nextStep(request)
    for (const word of words(text)) {
      if (pace.wordMs > 0) await sleep(pace.wordMs, signal)
      signal.throwIfAborted()
      yield { type: 'text', text: word }
    }
    for (const call of calls) yield { type: 'call', ...call }
  },
})
