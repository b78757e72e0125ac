import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { DeadlineExceeded, pause, sleep, timedOut, withDeadline, withTimeout } from '../../../shared/lib/timeout.ts'

const never = new Promise<never>(() => {})

describe('A timeout', () => {
  it('returns a value that comes in time, and `timedOut` otherwise', async () => {
    assert.equal(await withTimeout(Promise.resolve(1), 1_000), 1)
    assert.equal(await withTimeout(never, 5), timedOut)
  })

  it('throws the reason of an abort', async () => {
    const reason = new Error('stopped')
    await assert.rejects(withTimeout(never, 1_000, AbortSignal.abort(reason)), reason)
    const controller = new AbortController()
    setTimeout(() => controller.abort(reason), 5)
    await assert.rejects(sleep(1_000, controller.signal), reason)
  })

  it('becomes an error where a deadline is exceeded', async () => {
    await assert.rejects(withDeadline(never, 5), new DeadlineExceeded('no response within 5 ms'))
    await assert.rejects(withDeadline(Promise.reject(new Error('broken')), 1_000), /broken/)
  })
})

describe('A pause', () => {
  it('ends early when it is woken or aborted', async () => {
    const woken = pause(60_000)
    woken.wake()
    await woken.done
    await pause(60_000, AbortSignal.abort()).done
  })
})
