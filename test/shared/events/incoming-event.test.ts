/** Every field of every event has a limit, and events of a newer release are limited too. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { z } from 'zod'
import { Event } from '../../../shared/events/event.ts'
import { incomingProblem, unitsOf } from '../../../shared/events/incoming-event.ts'

interface JsonSchema {
  readonly type?: string
  readonly const?: unknown
  readonly enum?: unknown
  readonly maxLength?: number
  readonly pattern?: string
  readonly properties?: Record<string, JsonSchema>
  readonly items?: JsonSchema
  readonly anyOf?: JsonSchema[]
}

/** The text fields of a schema that have no limit. */
function* texts(schema: JsonSchema, field: string): Generator<string> {
  for (const [name, property] of Object.entries(schema.properties ?? {})) yield* texts(property, name)
  for (const alternative of schema.anyOf ?? []) yield* texts(alternative, field)
  if (schema.items) yield* texts(schema.items, field)
  if (schema.type === 'string' && schema.const === undefined && schema.enum === undefined) yield field
}

const now = Date.UTC(2026, 0, 1)
const created = { seq: 1, at: now, type: 'session.created', subject: 'alice' }

describe('An incoming event', () => {
  it('has a limit for each text of each type', () => {
    for (const option of Event.options) {
      const type = option.shape.type.value
      for (const field of texts(z.toJSONSchema(option) as JsonSchema, '')) assert.ok(unitsOf(type, field), `${type}/${field} has no limit`)
    }
  })

  it('is refused with the path of the value', () => {
    assert.equal(incomingProblem(created, now), undefined)
    assert.deepEqual(incomingProblem({ ...created, at: 9e15 }, now)?.path, ['at'])
    assert.deepEqual(incomingProblem({ ...created, subject: undefined }, now)?.path, ['subject'])
    assert.deepEqual(incomingProblem({ ...created, type: 5 }, now)?.path, ['type'])
    const refused = { ...created, type: 'memory.refused', about: 't', reasons: ['x', 'y'.repeat(5_000)] }
    assert.deepEqual(incomingProblem(refused, now)?.path, ['reasons', 1])
    assert.deepEqual(incomingProblem({ ...refused, reasons: Array(101).fill('x') }, now)?.path, ['reasons'])
  })

  it('of a newer release is limited, and otherwise unchanged', () => {
    const unknownEvent = { seq: 2, at: now, type: 'mood.guessed', mood: { name: 'sunny' } }
    assert.equal(incomingProblem(unknownEvent, now), undefined)
    assert.deepEqual(incomingProblem({ ...unknownEvent, mood: { name: 'x'.repeat(300_000) } }, now)?.path, ['mood', 'name'])
    assert.deepEqual(incomingProblem({ ...unknownEvent, seq: 2 ** 50 }, now)?.path, ['seq'])
    for (const field of ['constructor', 'toString', 'valueOf', 'hasOwnProperty'])
      assert.deepEqual(incomingProblem({ ...unknownEvent, [field]: 'x'.repeat(300_000) }, now)?.path, [field])
  })

  it('keeps what the server recorded about the sender', () => {
    const accepted = { ...created, type: 'turn.accepted', turn_id: 't', event_id: 'e', position: 0 }
    const full = Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`${n}`, '']))
    assert.equal(incomingProblem({ ...accepted, metadata: { ...full, sent_by: 'bob' } }, now), undefined)
  })
})
