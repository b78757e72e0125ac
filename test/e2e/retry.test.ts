/** A model call that waits for its next attempt is announced on both streams. The log does not contain it. */
import { describe, expect, it } from 'vitest'
import { alice, useModel } from '../support/model-stack.ts'
import { events, readStream, textsOf, untilEnded } from '../support/sse.ts'

useModel('retry')

describe('A busy model', () => {
  it('is announced with the time and the number of the next attempt, then answers', async () => {
    const { session_id, turn_id } = await alice.send('[[fake 429 after=1 times=1]]')
    const { frames } = await readStream(alice.events(session_id), alice.bearer, untilEnded())
    const notices = frames.filter(({ body }) => body.type === 'turn.retrying')
    const index = frames.findIndex(({ body }) => body.type === 'turn.retrying')
    expect(notices.map(({ body }) => body)).toMatchObject([
      { turn_id, cause: 'busy', reason: expect.stringContaining('429'), attempt: 2, attempts: 5, after_ms: expect.any(Number) },
    ])
    expect(notices[0]?.id).toBe(frames[index - 1]?.id)
    expect(events(frames).at(-1)).toMatchObject({ type: 'turn.ended', outcome: 'completed' })
    expect([...textsOf(frames).values()].at(-1)).toContain('w')
    const page = await alice.call('GET', `/v1/sessions/${session_id}/events`)
    expect(await page.text()).not.toContain('retrying')
  })
})
