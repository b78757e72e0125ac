/** Every sample of every event type as a CloudEvent. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { CloudEvent, toCloudEvent, toPublishableJson } from '../../../shared/events/cloud-event.ts'
import { Event } from '../../../shared/events/event.ts'
import { SessionId, TenantId } from '../../../shared/ids.ts'

const tenant = TenantId.parse('acme')
const session = SessionId.parse('s-1')
const samples = readFileSync(new URL('../../samples/events.ndjson', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => Event.parse(JSON.parse(line)))

describe('An event on a topic', () => {
  for (const event of samples)
    it(`of type ${event.type} is a CloudEvent that holds all of it`, () => {
      const published = toCloudEvent(tenant, session, 'alice', event)
      assert.deepEqual(published.data, event)
      const { specversion, id, source, type, time } = published
      assert.deepEqual([specversion, id, type], ['1.0', `acme/s-1/${event.seq}`, event.type])
      assert.equal(Date.parse(time), event.at)
      assert.ok(URL.canParse(source, 'https://example.com'))
      // CloudEvents 1.0 §3.1.1: lower-case letters and digits. §3.1: an attribute is a nonempty string, a number or a boolean.
      for (const [name, value] of Object.entries(published)) {
        if (name === 'data') continue
        assert.match(name, /^[a-z0-9]{1,20}$/)
        assert.equal(typeof value, 'string')
        assert.notEqual(value, '')
      }
    })

  it('has a stable and unique id', () => {
    const [event] = samples
    assert.ok(event)
    assert.deepEqual(toCloudEvent(tenant, session, 'alice', event), toCloudEvent(tenant, session, 'alice', event))
    const ids = [
      toCloudEvent(tenant, session, 'alice', event).id,
      toCloudEvent(tenant, session, 'alice', { ...event, seq: event.seq + 1 }).id,
      toCloudEvent(tenant, SessionId.parse('s-2'), 'alice', event).id,
      toCloudEvent(TenantId.parse('globex'), session, 'alice', event).id,
    ]
    assert.equal(new Set(ids).size, 4)
  })

  it('of a newer type passes unchanged', () => {
    const unknownEvent = { seq: 9, at: 9, type: 'moon.landed', crew: ['a', { b: null }] } as unknown as Event
    assert.deepEqual(CloudEvent.parse(toCloudEvent(tenant, session, 'alice', unknownEvent)).data, unknownEvent)
  })

  it('that does not match its type is not published', () => {
    const wrong = { seq: 2, at: 2, type: 'turn.ended', turn_id: 't', outcome: 'perhaps' } as unknown as Event
    assert.throws(() => toCloudEvent(tenant, session, 'alice', wrong))
    assert.throws(() => toCloudEvent(tenant, session, 'alice', { seq: 0, at: 2, type: 'session.deleted' }))
  })

  it('is JSON in valid UTF-8, with lone surrogates replaced', () => {
    const body = { text: 'a\ud83d b \ude00 c 😀 \\ud83d \\\\ud83d \0', '\ud83d': 1 }
    const text = toPublishableJson(body)
    assert.deepEqual(JSON.parse(text), { text: 'a\ufffd b \ufffd c 😀 \\ud83d \\\\ud83d \0', '\ufffd': 1 })
    assert.ok(!/\\ud[89a-f]/.test(text.replaceAll('\\\\', '')))
  })
})
