/** The vectors of an object and their importance, in chunks of bytes. A scan holds one chunk at a time. */

/** Vectors in one chunk. A write rewrites its chunk. */
export const chunkVectors = 16

/** A vector to write into a slot. */
export interface SlotVector {
  readonly slot: number
  readonly vector: Float32Array
  readonly importance: number
}

/** One chunk. Slot `first + i` has the `i`th vector. */
export interface Chunk {
  readonly first: number
  readonly vectors: Float32Array
  readonly importance: Float64Array
}

type ChunkRow = { chunk: number; vectors: ArrayBuffer; importance: ArrayBuffer }

export class Slab {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  /** Every chunk, in order of slots. */
  *chunks(): Generator<Chunk> {
    for (const row of this.#sql.exec<ChunkRow>('SELECT chunk, vectors, importance FROM chunk ORDER BY chunk')) yield toChunk(row)
  }

  /** Writes vectors of one dimension into their slots. Each chunk is written once. */
  write(slots: readonly SlotVector[]): void {
    for (const [number, members] of Map.groupBy(slots, ({ slot }) => Math.floor(slot / chunkVectors))) {
      const dimension = members[0]?.vector.length ?? 0
      const chunk = this.#read(number) ?? emptyChunk(number, dimension)
      for (const { slot, vector, importance } of members) {
        chunk.vectors.set(vector, (slot - chunk.first) * dimension)
        chunk.importance[slot - chunk.first] = importance
      }
      this.#save(number, chunk)
    }
  }

  /** Fills `hole` with the vector of the last slot, and forgets the last slot. */
  removeSlot(hole: number, last: number, dimension: number): void {
    const number = Math.floor(last / chunkVectors)
    const chunk = this.#read(number)
    if (!chunk) throw new Error('a slot has no chunk')
    const start = (last - chunk.first) * dimension
    const moved = {
      slot: hole,
      vector: chunk.vectors.slice(start, start + dimension),
      importance: chunk.importance[last - chunk.first] ?? 0,
    }
    if (hole !== last) this.write([moved])
    if (last === chunk.first) this.#sql.exec('DELETE FROM chunk WHERE chunk = ?', number)
    // No byte of a deleted vector stays.
    else this.write([{ slot: last, vector: new Float32Array(dimension), importance: 0 }])
  }

  clear(): void {
    this.#sql.exec('DELETE FROM chunk')
  }

  #read(number: number): Chunk | undefined {
    return this.#sql.exec<ChunkRow>('SELECT chunk, vectors, importance FROM chunk WHERE chunk = ?', number).toArray().map(toChunk)[0]
  }

  #save(number: number, { vectors, importance }: Chunk): void {
    this.#sql.exec('INSERT OR REPLACE INTO chunk VALUES (?, ?, ?)', number, vectors.buffer, importance.buffer)
  }
}

const toChunk = ({ chunk, vectors, importance }: ChunkRow): Chunk => ({
  first: chunk * chunkVectors,
  vectors: new Float32Array(vectors),
  importance: new Float64Array(importance),
})

const emptyChunk = (number: number, dimension: number): Chunk => ({
  first: number * chunkVectors,
  vectors: new Float32Array(chunkVectors * dimension),
  importance: new Float64Array(chunkVectors),
})
