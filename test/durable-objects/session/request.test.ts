import { evictDurableObject } from 'cloudflare:test'
import { beforeEach, describe, expect, it } from 'vitest'
import type { RunnerLine } from '../../../shared/turn/runner.ts'
import { callJobs, executor, jobs, runner } from '../worker.ts'
import { done, play, sessions, text } from './scripted-runner.ts'
import { alice, id, reopen, say, scriptRunner, session, types, untilEnded } from './session-fixture.ts'

const request = '3f1c9a52-7d0e-4b57-9a3e-0c5d2e8b1f64'
const later = '0e9b2d14-1c7f-4a08-8f6d-6b3a9c5e7d20'
const asking: RunnerLine[] = [
  { type: 'call', name: 'timestamp', arguments: '{}', effect: 'none', timeout_ms: 60_000 },
  { type: 'end', outcome: 'calls' },
]

const own = <T extends { session: string }>(all: readonly T[]): T[] => all.filter((job) => job.session === id)

beforeEach(() => {
  executor.execute = async ({ tenant, session, turn_id, call_id, token }) => {
    const owner = sessions.getByName(`${tenant}/${session}`)
    const attempt = { turn_id, call_id, token }
    if (await owner.claimCall(attempt)) await owner.endCall(attempt, { outcome: 'completed', text: 'now' })
  }
})

describe("The gateway's request", () => {
  it('reaches runner, executor and consumers of its own turn, and no event', async () => {
    runner.run = (job) => play(...(own(jobs).length === 1 ? asking : [text('done'), done]))(job)
    const first = await say('one', { request })
    await untilEnded()
    const second = await say('two', { request: later })
    await untilEnded(2)
    expect(own(jobs).map((job) => job.request)).toEqual([request, request, later])
    expect(own(callJobs).map((job) => job.request)).toEqual([request])
    const page = await session.unacknowledged('relay', 500)
    expect(page?.requests).toEqual({ [first.turn_id]: request, [second.turn_id]: later })
    expect(JSON.stringify(page?.events)).not.toContain(request)
  })

  it('is unknown after a restart; then the request of the next command for the turn applies', async () => {
    await say('zero')
    await untilEnded()
    await session.pause(alice, true)
    const { turn_id } = await say('one', { request })
    await evictDurableObject(session)
    reopen()
    expect((await session.unacknowledged('relay', 500))?.requests).toEqual({})
    scriptRunner(text('a'), done)
    await session.pause(alice, false, later)
    await untilEnded(2)
    expect(own(jobs).map((job) => job.request)).toEqual([undefined, later])
    expect((await session.unacknowledged('relay', 500))?.requests).toEqual({ [turn_id]: later })
  })

  it('is not needed: gateways of the release before send none', async () => {
    scriptRunner(text('a'), done)
    await say('one')
    await untilEnded()
    expect(own(jobs)[0]?.request).toBeUndefined()
    expect(await types()).toContain('turn.ended')
  })
})
