/** Assembles the tool calls of an OpenAI-compatible model from their pieces. */
import { z } from 'zod'
import { ModelError } from '../../../shared/model/model.ts'

/** A piece of a call. The id and name come first, then parts of the arguments. Some providers send whole calls without an index. */
export const CallPiece = z.object({
  index: z.int().min(0).nullish(),
  id: z.string().nullish(),
  function: z.object({ name: z.string().nullish(), arguments: z.string().nullish() }).nullish(),
})
export type CallPiece = z.infer<typeof CallPiece>

/** Maximum UTF-16 units of all calls of one answer. */
const maxUnits = 1_000_000
/** Maximum number of calls of one answer. */
const maxCalls = 128

/** The calls of one answer. Their ids are dropped: providers repeat ids, so the session assigns its own. */
export class CallPieces {
  readonly whole: { name: string; arguments: string }[] = []
  readonly #positions = new Map<number | string, number>()
  #units = 0

  /** Throws `ModelError` over the limits. */
  add(pieces: readonly CallPiece[]): void {
    for (const { index, id, function: part } of pieces) {
      const call = this.#at(index ?? id ?? 'last')
      call.name += part?.name ?? ''
      call.arguments += part?.arguments ?? ''
      this.#units += (part?.name?.length ?? 0) + (part?.arguments?.length ?? 0)
      if (this.#units > maxUnits || this.whole.length > maxCalls)
        throw new ModelError('The model requested too many tools, or arguments that are too long.')
    }
  }

  #at(key: number | string): { name: string; arguments: string } {
    const position = this.#positions.get(key)
    const known = position === undefined ? undefined : this.whole[position]
    if (known) return known
    const call = { name: '', arguments: '' }
    this.#positions.set(key, this.whole.push(call) - 1)
    return call
  }
}
