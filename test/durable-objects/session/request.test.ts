import { evictDurableObject } from 'cloudflare:test'
import { describe, expect, it } from 'vitest'
import { callJobs, jobs, runner } from '../worker.ts'
import { call, endsWithCalls, ownJobs } from './calls-fixture.ts'
import { done, play, text } from './scripted-runner.ts'
import { alice, reopen, scriptRunner, sendMessage, session, types, untilEnded } from './session-fixture.ts'

const request = '3f1c9a52-7d0e-4b57-9a3e-0c5d2e8b1f64'
const laterRequest = '0e9b2d14-1c7f-4a08-8f6d-6b3a9c5e7d20'
const requestsTool = [call('timestamp'), endsWithCalls]

describe("The gateway's request", () => {
  it('reaches runner, executor and consumers of its own turn, and no event', async () => {
    runner.run = (job) => play(...(ownJobs(jobs).length === 1 ? requestsTool : [text('done'), done]))(job)
    const first = await sendMessage('one', { request })
    await untilEnded()
    const second = await sendMessage('two', { request: laterRequest })
    await untilEnded(2)
    expect(ownJobs(jobs).map((job) => job.request)).toEqual([request, request, laterRequest])
    expect(ownJobs(callJobs).map((job) => job.request)).toEqual([request])
    const page = await session.unacknowledged('relay', 500)
    expect(page?.requests).toEqual({ [first.turn_id]: request, [second.turn_id]: laterRequest })
    expect(JSON.stringify(page?.events)).not.toContain(request)
  })

  it('is unknown after a restart; then the request of the next command for the turn applies', async () => {
    await sendMessage('zero')
    await untilEnded()
    await session.pause(alice, true)
    const { turn_id } = await sendMessage('one', { request })
    await evictDurableObject(session)
    reopen()
    expect((await session.unacknowledged('relay', 500))?.requests).toEqual({})
    scriptRunner(text('a'), done)
    await session.pause(alice, false, laterRequest)
    await untilEnded(2)
    expect(ownJobs(jobs).map((job) => job.request)).toEqual([undefined, laterRequest])
    expect((await session.unacknowledged('relay', 500))?.requests).toEqual({ [turn_id]: laterRequest })
  })

  it('is not needed: gateways of the release before send none', async () => {
    scriptRunner(text('a'), done)
    await sendMessage('one')
    await untilEnded()
    expect(ownJobs(jobs)[0]?.request).toBeUndefined()
    expect(await types()).toContain('turn.ended')
  })
})
