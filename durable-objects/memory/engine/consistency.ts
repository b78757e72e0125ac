/** Whether the rows of an object agree with their vectors, links and indexes. A restore builds what follows from the rows. */
import { chunkVectors, type Slab } from './slab.ts'
import { type Space, type StoredVector, storedVector } from './space.ts'

/** The full-text indexes. */
export const indexes = ['entry_word', 'entry_gram'] as const

const vectorRows = (sql: SqlStorage): StoredVector[] =>
  sql.exec<StoredVector>('SELECT slot, text, vector, importance FROM entry ORDER BY slot').toArray()

/** Builds the vectors and both indexes again, from the rows. */
export function rebuild(sql: SqlStorage, slab: Slab, space: Space | undefined): void {
  for (const index of indexes) sql.exec(`INSERT INTO ${index} (${index}) VALUES ('rebuild')`)
  slab.clear()
  if (!space) return
  const rows = vectorRows(sql)
  for (let start = 0; start < rows.length; start += chunkVectors)
    slab.write(rows.slice(start, start + chunkVectors).map((row) => ({ ...row, vector: storedVector(row, space) })))
}

/** What does not agree. Empty: everything does. */
export function faults(sql: SqlStorage, slab: Slab, space: Space | undefined): string[] {
  const rows = vectorRows(sql)
  const found = space === undefined && rows.length > 0 ? ['there are memories, but no dimension'] : []
  if (space) {
    const held = [...slab.chunks()]
    if (held.length !== Math.ceil(rows.length / chunkVectors)) found.push(`${held.length} chunks for ${rows.length} memories`)
    for (const [index, row] of rows.entries()) {
      const vector = storedVector(row, space)
      const chunk = held[Math.floor(index / chunkVectors)]
      const place = index % chunkVectors
      const inSlab = chunk?.vectors.subarray(place * space.dimension, (place + 1) * space.dimension)
      if (row.slot !== index) found.push(`slot ${index} has no memory`)
      else if (chunk?.importance[place] !== row.importance || !vector.every((value, at) => value === inSlab?.[at]))
        found.push(`slot ${index} has the vector of another memory`)
    }
  }
  const loose = sql
    .exec<{ n: number }>(
      'SELECT count(*) AS n FROM link WHERE source NOT IN (SELECT coord FROM entry) OR target NOT IN (SELECT coord FROM entry)',
    )
    .one().n
  if (loose > 0) found.push(`${loose} links lead from or to no memory`)
  for (const index of indexes) {
    try {
      sql.exec(`INSERT INTO ${index} (${index}, rank) VALUES ('integrity-check', 1)`)
    } catch {
      found.push(`${index} does not agree with the memories`)
    }
  }
  return found
}
