/** Raw importance, of any range, as a number from 0 to 1: learnt from the newest values. Pure. */

/** Values that the reservoir keeps. A new value pushes the oldest out. */
export const reservoirSize = 512
/** Fewer values than these say nothing about the tail. */
const minSamples = 64
/** Quantiles are renewed after this many values, forever. */
const renewEvery = 64
/** A narrower spread counts as none. Every value is then 0.5. */
const minSpread = 1e-12
/** The importance of a memory that nobody has rated. */
export const unrated = 0.5

/** The points that describe the values. */
interface Quantiles {
  readonly q10: number
  readonly q50: number
  readonly q90: number
  readonly q99: number
}

/** What is stored of a reservoir. `added`: all values ever added. Oldest value first. */
export interface ReservoirState {
  readonly values: readonly number[]
  readonly added: number
  readonly quantiles: Quantiles | null
}

/** How a value is normalised: by the range, by the range without its tail, or along a curve. */
export type Method = 'min-max' | 'winsor' | 'logistic'

/** The newest raw values. The oldest one lies at `added` modulo the size. */
export class ImportanceReservoir {
  readonly #ring = new Float64Array(reservoirSize)
  #added: number
  #quantiles: Quantiles | null

  constructor({ values, added, quantiles }: ReservoirState = { values: [], added: 0, quantiles: null }) {
    for (const [index, value] of values.entries()) this.#ring[(added - values.length + index) % reservoirSize] = value
    this.#added = added
    this.#quantiles = quantiles
  }

  /** What a store keeps. */
  get state(): ReservoirState {
    const first = this.#added - this.#values.length
    const values = this.#values
    return {
      values: Array.from(values, (_, index) => this.#ring[(first + index) % reservoirSize] ?? 0),
      added: this.#added,
      quantiles: this.#quantiles,
    }
  }

  /** Learns one finite value. */
  add(raw: number): void {
    if (!Number.isFinite(raw)) throw new RangeError('An importance is a finite number.')
    this.#ring[this.#added % reservoirSize] = raw
    this.#added += 1
    if (this.#added >= minSamples && this.#added % renewEvery === 0) this.#quantiles = quantilesOf(this.#values)
  }

  /** The method that the values ask for: the longer the tail, the more it is drawn in. */
  get method(): Method {
    const q = this.#quantiles
    if (q === null) return 'min-max'
    const upper = q.q90 - q.q50
    const tailMax = ratio(Math.max(...this.#values) - q.q90, upper)
    const tailExtent = ratio(q.q99 - q.q90, upper)
    if (tailMax <= 5 && ratio(upper, q.q50 - q.q10) <= 3) return 'min-max'
    return tailMax <= 15 && tailExtent <= 8 ? 'winsor' : 'logistic'
  }

  /** The value from 0 to 1. A larger value is never less important. */
  normalise(raw: number): number {
    const values = this.#values
    const q = this.#quantiles
    if (values.length === 0) return unrated
    const min = Math.min(...values)
    const max = Math.max(...values)
    const { method } = this
    if (q === null || method === 'min-max') return between(min, max, raw)
    const spread = q.q90 - q.q10
    if (method === 'winsor') return between(Math.max(min, q.q10 - 0.25 * spread), Math.min(max, q.q90 + 0.25 * spread), raw)
    if (spread < minSpread) return unrated
    return 1 / (1 + Math.exp(-Math.min(25, Math.log(9) / spread) * (raw - q.q50)))
  }

  /** The kept values, in no order. */
  get #values(): Float64Array {
    return this.#ring.subarray(0, Math.min(this.#added, reservoirSize))
  }
}

/** The quantiles of the values, interpolated between neighbours. */
function quantilesOf(values: Float64Array): Quantiles {
  const sorted = values.toSorted()
  const at = (share: number): number => {
    const place = (sorted.length - 1) * share
    const low = sorted[Math.floor(place)] ?? 0
    const high = sorted[Math.ceil(place)] ?? low
    return low + (high - low) * (place - Math.floor(place))
  }
  return { q10: at(0.1), q50: at(0.5), q90: at(0.9), q99: at(0.99) }
}

const between = (low: number, high: number, raw: number): number =>
  high - low < minSpread ? unrated : Math.min(1, Math.max(0, (raw - low) / (high - low)))

/** A quotient of spreads. Something over nothing is endless, nothing over nothing is 0. */
function ratio(over: number, under: number): number {
  if (under > 0) return over / under
  return over > 0 ? Number.POSITIVE_INFINITY : 0
}
