/** A file becomes requests that the API accepts, and no conversation is lost or cut. */
import { describe, expect, it } from 'vitest'
import { batchesOf, maxImportBytes } from '../../web/src/state/import-batches.ts'

const byteLength = (text: string) => new TextEncoder().encode(text).length

describe('A file to import', () => {
  it('is one unchanged batch, unless it is a long list', () => {
    for (const text of ['{"version":"soma-1","events":[]}', 'not json', '[{"mapping":{}}]', '{"a":1}\n{"b":2}\n', '\ufeff[1]'])
      expect(batchesOf(text)).toEqual([text])
  })

  it('is split by number and by bytes, in order', () => {
    const conversations = Array.from({ length: 250 }, (_, n) => ({ mapping: {}, title: `${n}` }))
    const batches = batchesOf(`\ufeff${JSON.stringify(conversations)}`)
    expect(batches.map((batch) => JSON.parse(batch).length)).toEqual([100, 100, 50])
    expect(batches.flatMap((batch) => JSON.parse(batch))).toEqual(conversations)
    const large = Array.from({ length: 5 }, (_, n) => ({ title: `${n}${'é'.repeat(4_000_000)}` }))
    const batchesBySize = batchesOf(JSON.stringify(large))
    expect(batchesBySize.map((batch) => JSON.parse(batch).length)).toEqual([3, 2])
    expect(Math.max(...batchesBySize.map(byteLength))).toBeLessThanOrEqual(maxImportBytes)
  })
})
