/** An export can be imported again. An invalid conversation is refused. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { limits } from '../../../shared/api/limits.ts'
import type { Event } from '../../../shared/events/event.ts'
import { SessionId, Subject } from '../../../shared/ids.ts'
import { emptySession, fold } from '../../../shared/session/session.ts'
import {
  buildFork,
  exportEvent,
  importLog,
  importParts,
  importSteps,
  type Transfer,
  transferVersion,
} from '../../../shared/session/transfer.ts'

const alice = Subject.parse('alice')
const bob = Subject.parse('bob')

const now = Date.UTC(2026, 0, 1)
/** The time of event `seq`. */
const timeOf = (seq: number): number => Date.UTC(2025, 0, 1) + seq

const turn = (seq: number, id: string, fields: object = {}): Event[] =>
  [
    { seq, at: timeOf(seq), type: 'turn.accepted', turn_id: id, event_id: id, position: 0, ...fields },
    { seq: seq + 1, at: timeOf(seq), type: 'item.added', turn_id: id, item_id: `${id}q`, role: 'user', text: 'question' },
    { seq: seq + 2, at: timeOf(seq), type: 'turn.started', turn_id: id },
    { seq: seq + 3, at: timeOf(seq), type: 'item.opened', turn_id: id, item_id: `${id}a`, role: 'assistant' },
    { seq: seq + 4, at: timeOf(seq), type: 'item.closed', turn_id: id, item_id: `${id}a`, text: 'answer 👩‍🚀 \ud83d' },
    { seq: seq + 5, at: timeOf(seq), type: 'turn.ended', turn_id: id, outcome: 'completed', usage: { input_tokens: 1, output_tokens: 2 } },
  ] as Event[]

const created: Event = { seq: 1, at: timeOf(1), type: 'session.created', subject: alice }
const log: Event[] = [
  created,
  ...turn(2, 'a'),
  ...turn(8, 'b'),
  ...turn(14, 'c', { parent_turn_id: 'a' }),
  { seq: 20, at: timeOf(20), type: 'branch.switched', turn_id: 'b' },
  { seq: 1_000_020, at: timeOf(21), type: 'session.titled', title: 'after a restore' },
]

const exported = (events: readonly Event[]): Transfer => ({ version: transferVersion, events: events.map(exportEvent) })

describe('An export', () => {
  it('is identical after an import and another export', () => {
    const first = exported(log)
    const imported = importLog(JSON.parse(JSON.stringify(first)), bob, now)
    assert.ok(imported.ok)
    assert.equal(JSON.stringify(exported(imported.value)), JSON.stringify(first))
  })

  it('has no owner, and belongs to the importer', () => {
    assert.ok(!JSON.stringify(exported(log)).includes('alice'))
    const imported = importLog(exported(log), bob, now)
    assert.ok(imported.ok && imported.value[0]?.type === 'session.created' && imported.value[0].subject === bob)
    assert.equal(imported.value[0].imported_to, 1_000_020)
  })
})

describe('An import', () => {
  const assertRefused = (events: unknown[], pointer: string) => {
    const imported = importLog({ version: transferVersion, events: events as Transfer['events'] }, bob, now)
    assert.ok(!imported.ok && imported.error.kind === 'invalid')
    assert.equal(imported.error.errors[0]?.pointer, pointer)
  }
  const withChange = (index: number, change: object) =>
    log.map((event, position) => (position === index ? { ...exportEvent(event), ...change } : exportEvent(event)))

  it('refuses an invalid log, with the position', () => {
    assertRefused([{}], '/events/0/type')
    assertRefused(exported(log.slice(1)).events, '/events/0')
    assertRefused([...exported(log).events, exportEvent({ ...created, seq: 2_000_000, at: timeOf(99) })], '/events/21/subject')
    assertRefused(withChange(3, { seq: 2 }), '/events/3')
    assertRefused(withChange(3, { at: timeOf(0) }), '/events/3')
    assertRefused(withChange(5, { item_id: 'other' }), '/events/5')
    assertRefused(withChange(7, { turn_id: 'a' }), '/events/7')
    assertRefused(withChange(13, { parent_turn_id: 'nothing' }), '/events/13')
    assertRefused(withChange(19, { turn_id: 'nothing' }), '/events/19')
    assertRefused(withChange(2, { text: 5 }), '/events/2/text')
    assertRefused(exported(log.slice(0, 5)).events, '/events')
    assertRefused([...exported(log).events, { seq: 1_000_021, at: timeOf(30), type: 'session.deleted' }], '/events/21')
    const refusal = { seq: 1_000_021, at: timeOf(30), type: 'memory.refused', reasons: [] }
    assertRefused([...exported(log).events, { ...refusal, about: 'nothing' }], '/events/21')
    assert.ok(importLog({ version: transferVersion, events: [...exported(log).events, { ...refusal, about: 'a' }] }, bob, now).ok)
  })
})

describe('A file from outside', () => {
  const importWith = (index: number, change: object) =>
    importLog(
      {
        version: transferVersion,
        events: log.map((event, position) => ({ ...exportEvent(event), ...(position === index ? change : {}) })),
      },
      bob,
      now,
    )

  it('is refused if it has a value that the API refuses', () => {
    const title = log.length - 1
    const cases: [number, object, string][] = [
      [title, { at: 9e15 }, 'at'],
      [title, { at: Date.UTC(1999, 11, 31) }, 'at'],
      [title, { at: now + 3_600_000 }, 'at'],
      [title, { seq: Number.MAX_SAFE_INTEGER }, 'seq'],
      [title, { seq: 2 ** 40 + 1 }, 'seq'],
      [title, { title: 'x'.repeat(201) }, 'title'],
      [0, { persona_id: 'p'.repeat(65) }, 'persona_id'],
      [1, { metadata: { a: 'x'.repeat(8_192) } }, 'metadata'],
      [1, { metadata: Object.fromEntries(Array.from({ length: 51 }, (_, n) => [n, ''])) }, 'metadata'],
      [1, { metadata: { a: '\ud800' } }, 'metadata'],
      [2, { text: 'x'.repeat(32_001) }, 'text'],
      [5, { text: 'x'.repeat(262_145) }, 'text'],
      [6, { reason: 'x'.repeat(4_001) }, 'reason'],
      [6, { usage: { input_tokens: 2 ** 41, output_tokens: 0 } }, 'usage/input_tokens'],
    ]
    for (const [index, change, field] of cases) {
      const imported = importWith(index, change)
      assert.ok(!imported.ok && imported.error.kind === 'invalid', field)
      assert.equal(imported.error.errors[0]?.pointer, `/events/${index}/${field}`)
    }
    assert.ok(importWith(title, { title: 'x'.repeat(200), at: now }).ok)
  })

  it('does not state who sent a message', () => {
    const imported = importWith(1, { metadata: { sent_by: 'carol', time_zone: 'Europe/Berlin' } })
    assert.ok(imported.ok && imported.value[1]?.type === 'turn.accepted')
    assert.deepEqual(imported.value[1].metadata, { time_zone: 'Europe/Berlin' })
  })
})

describe('A fork', () => {
  const fork = buildFork(log.slice(1, 7), SessionId.parse('source'), bob, 'Title', timeOf(50))

  it("is a valid log that records each event's origin", () => {
    assert.deepEqual(
      fork.map(({ seq }) => seq),
      [1, 2, 3, 4, 5, 6, 7, 8],
    )
    assert.deepEqual(fork[1]?.origin, { session: 'source', seq: 2 })
    const session = fork.reduce(fold, emptySession)
    assert.deepEqual([session.subject, session.title, session.head, session.turns], [bob, 'Title', 'a', []])
    assert.ok(importLog(exported(fork), bob, now).ok)
  })

  it('causes effects only for its own events', () => {
    assert.deepEqual(
      fork.filter(({ origin }) => !origin).map(({ type }) => type),
      ['session.created', 'session.titled'],
    )
  })
})

describe('A step of an import', () => {
  const titles = (count: number, units: number): Event[] => [
    created,
    ...Array.from(
      { length: count },
      (_, index): Event => ({ seq: index + 2, at: timeOf(2), type: 'session.titled', title: 'x'.repeat(units) }),
    ),
  ]
  const items = (count: number): Event[] => [
    created,
    ...Array.from({ length: count }, (_, index) => turn(2 + index * 6, `t${index}`)).flat(),
  ]
  const large = items(12).map((event) => (event.type === 'item.closed' ? { ...event, text: 'x'.repeat(limits.itemUnits) } : event))

  for (const [name, log, minimum] of [
    ['many events', titles(1_000, 1), 5],
    ['long texts', large, 12],
    ['both', [...titles(600, 200)], 3],
  ] as const)
    it(`of ${name} has a bounded number of events and characters`, () => {
      const parts = importParts(log)
      assert.deepEqual(parts.flat(), log)
      assert.ok(parts.length >= minimum, `${parts.length} parts`)
      for (const part of parts) {
        assert.ok(part.length <= limits.importStepEvents)
        const units = part.reduce(
          (sum, event) => sum + ('text' in event ? event.text.length : 'title' in event ? event.title.length : 0),
          0,
        )
        // A step has at least one event, and an event has ids besides its text.
        assert.ok(units <= Math.max(limits.importStepUnits, limits.itemUnits), `${units} units`)
      }
      const steps = importSteps(exported(log), alice, now)
      let pauses = 0
      while (!steps.next().done) pauses += 1
      assert.ok(pauses >= minimum - 1, `${pauses} pauses`)
    })
})
