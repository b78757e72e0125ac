/** One recorded sample of every event type. Each must parse forever. A breaking change is a new type. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { Event } from '../../../shared/events/event.ts'

const lines = readFileSync(new URL('../../samples/events.ndjson', import.meta.url), 'utf8')
  .trim()
  .split('\n')

describe('Recorded events', () => {
  for (const line of lines) {
    const sample = JSON.parse(line)
    it(`of type ${sample.type} parse unchanged`, () => assert.deepEqual(Event.parse(sample), sample))
  }

  it('have a sample of every type', () => {
    const sampled = new Set(lines.map((line) => JSON.parse(line).type))
    const types = Event.options.map((option) => option.shape.type.value)
    assert.deepEqual(
      types.filter((type) => !sampled.has(type)),
      [],
    )
  })
})
