/**
 * The builtin responder: a deterministic program in place of a model. Portable. The same conversation always gets the same answer. It says
 * that it is not a model, and its answers are computed or quoted.
 */
import { sleep } from '../../lib/timeout.ts'
import type { Model } from '../model.ts'
import { estimateTokens } from '../tokens.ts'
import { nextStep } from './next-step.ts'
import { words } from './words.ts'

/** The speed of the responder. */
export interface Pace {
  /** Pause before each word, ms; 0: none. */
  readonly wordMs: number
  /** The longest answer, in tokens. A longer one is cut, as a model's is. Default: none. */
  readonly maxTokens?: number | undefined
}

/**
 * Streams word by word, as a model does. Lines such as `/tool NAME JSON` call tools, all in one step; a line `then` starts another step.
 */
export const builtin = (pace: Pace): Model => ({
  async *answer(request, signal) {
    const { text, calls } = nextStep(request)
    let tokens = 0
    for (const word of words(text)) {
      tokens += estimateTokens(word)
      if (pace.maxTokens !== undefined && tokens > pace.maxTokens) {
        yield { type: 'cut' }
        return
      }
      if (pace.wordMs > 0) await sleep(pace.wordMs, signal)
      signal.throwIfAborted()
      yield { type: 'text', text: word }
    }
    for (const call of calls) yield { type: 'call', ...call }
  },
})
