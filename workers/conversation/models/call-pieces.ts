/** The tools that an OpenAI-compatible model asks for, as they come in. */
import { z } from 'zod'
import { ModelError } from '../../../shared/model/model.ts'

/** A piece of a call: the id and the name come first, the arguments bit by bit. Some providers give no index, and one piece a call. */
export const CallPiece = z.object({
  index: z.int().min(0).nullish(),
  id: z.string().nullish(),
  function: z.object({ name: z.string().nullish(), arguments: z.string().nullish() }).nullish(),
})
export type CallPiece = z.infer<typeof CallPiece>

/** UTF-16 units that the calls of one answer may hold while they come in, and how many there may be. */
const callUnits = 1_000_000
const callCount = 128

/** The calls of one answer, put together from their pieces. Their ids are not kept: providers repeat them, so the session gives its own. */
export class CallPieces {
  readonly whole: { name: string; arguments: string }[] = []
  readonly #places = new Map<number | string, number>()
  #units = 0

  add(pieces: readonly CallPiece[]): void {
    for (const { index, id, function: said } of pieces) {
      const call = this.#at(index ?? id ?? 'last')
      call.name += said?.name ?? ''
      call.arguments += said?.arguments ?? ''
      this.#units += (said?.name?.length ?? 0) + (said?.arguments?.length ?? 0)
      if (this.#units > callUnits || this.whole.length > callCount) throw new ModelError('The model asked for more tools than we take.')
    }
  }

  #at(key: number | string): { name: string; arguments: string } {
    const place = this.#places.get(key)
    const known = place === undefined ? undefined : this.whole[place]
    if (known) return known
    const call = { name: '', arguments: '' }
    this.#places.set(key, this.whole.push(call) - 1)
    return call
  }
}
