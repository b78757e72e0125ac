import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { nearestName } from '../../../shared/lib/nearest-name.ts'

const known = ['message', 'session_id', 'metadata', 'event_id', 'on_conflict', 'q']

describe('nearestName', () => {
  for (const [name, expected] of [
    ['sessionId', 'session_id'],
    ['SessionID', 'session_id'],
    ['session.id', 'session_id'],
    ['sesion_id', 'session_id'],
    ['sessoin_id', 'session_id'],
    ['messages', 'message'],
    ['msg', undefined],
    ['meta_data', 'metadata'],
    ['Event-ID', 'event_id'],
    ['temperature', undefined],
    ['x', undefined],
    ['', undefined],
    ['m'.repeat(10_000), undefined],
  ] as const)
    it(`of ${JSON.stringify(name.slice(0, 20))} is ${expected}`, () => assert.equal(nearestName(name, known), expected))

  it('takes the nearest of several', () => assert.equal(nearestName('limits', ['limited', 'limit', 'list']), 'limit'))
})
