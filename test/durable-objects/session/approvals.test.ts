/** Approvals of tool calls, as the session records them and as executors use them. The executor's own code judges the calls. */
import { evictDurableObject, runDurableObjectAlarm } from 'cloudflare:test'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import type { ApprovalRule } from '../../../shared/tool/approval-rule.ts'
import type { CallJob } from '../../../shared/tool/executor.ts'
import { type Tool, tool } from '../../../shared/tool/tool.ts'
import type { RunnerLine } from '../../../shared/turn/runner.ts'
import { type Dependencies, execute } from '../../../workers/tools/execute.ts'
import { type JudgedPersona, judge } from '../../../workers/tools/judge.ts'
import { allowCalls, allowedByPolicy } from '../../support/allow-calls.ts'
import { closedBreaker, offlineServices } from '../../support/tool-services.ts'
import { executor, jobs } from '../worker.ts'
import {
  attemptOf,
  call,
  endsWithCalls,
  fireCallTimers,
  hang,
  newestCallJob,
  once,
  ownJobs,
  scriptRunner,
  testEnd,
} from './calls-fixture.ts'
import { sessions } from './scripted-runner.ts'
import { alice, last, log, reopen, sendMessage, session, types, untilEnded } from './session-fixture.ts'

const ran = vi.fn()
const payTool = (approval: ApprovalRule): Tool =>
  tool({
    name: 'pay',
    description: 'Pays.',
    arguments: { amount: z.number() },
    effect: 'once',
    approval,
    run: ({ amount }) => {
      ran(amount)
      return `paid ${amount}`
    },
  })
/** What the executor finds: a test changes it while a call waits. */
const found = { tool: payTool('ask'), policy: allowedByPolicy, persona: null as JudgedPersona | null }
const dependencies: Dependencies = {
  ...allowCalls,
  authorize: async () => ({ policy: found.policy, refusals: [] }),
  persona: async () => found.persona,
  auditLateResult: async () => {},
  personaProblem: async () => null,
  services: offlineServices,
  breaker: closedBreaker,
}

beforeEach(() => {
  ran.mockClear()
  Object.assign(found, { tool: payTool('ask'), policy: allowedByPolicy, persona: null })
  executor.execute = (job) => execute(job, sessions.getByName(`${job.tenant}/${job.session}`), [found.tool], dependencies)
  executor.judge = async (job) => (await judge(job, [found.tool], dependencies)).verdict
})

const pay = (amount: number) => call('pay', { ...once, arguments: `{"amount": ${amount}.0}` })
const parked = (count = 1) =>
  vi.waitFor(async () => {
    const events = (await log()).filter((event) => event.type === 'call.parked')
    expect(events).toHaveLength(count)
    return events.at(-1) as Extract<(typeof events)[number], { type: 'call.parked' }>
  })
const startParkedCall = async (...steps: readonly (readonly RunnerLine[])[]) => {
  scriptRunner(...(steps.length > 0 ? steps : [[pay(5), endsWithCalls]]))
  await sendMessage('go')
  return parked()
}
const decide = (callId: string, approved: boolean, details = {}) => session.decide(alice, callId, approved, alice, undefined, details)

describe('A tool with the rule `ask`', () => {
  it('waits with its arguments, the rule that asks and a hash of them, and runs once with the very text that was approved', async () => {
    const asked = await startParkedCall()
    expect(asked).toMatchObject({ arguments: '{"amount":5}', rule: 'ask', binding: expect.stringMatching(/^[0-9a-f]{64}$/) })
    expect(asked.asked).toEqual([{ source: 'catalog', reason: expect.stringContaining('asks before each call') }])
    expect(ran).not.toHaveBeenCalled()
    expect(await session.pendingCall(alice, asked.call_id)).toMatchObject({
      value: { name: 'pay', effect: 'once', requester: alice, arguments: '{"amount":5}' },
    })
    await evictDurableObject(session)
    reopen()
    await runDurableObjectAlarm(session)
    expect(await decide(asked.call_id, true, { binding: asked.binding })).toMatchObject({ ok: true })
    await untilEnded()
    expect(ran).toHaveBeenCalledExactlyOnceWith(5)
    expect(await last('call.decided')).toMatchObject({ approved: true, by: alice, binding: asked.binding })
    expect(await last('call.ended')).toMatchObject({ outcome: 'completed', text: 'paid 5' })
    expect(await decide(asked.call_id, true)).toMatchObject({ ok: false, error: { kind: 'not_found' } })
  })

  it('gives the model the reason of a decline', async () => {
    const { call_id } = await startParkedCall()
    await decide(call_id, false, { reason: 'Not this month.' })
    await untilEnded()
    expect(ownJobs(jobs)[1]?.messages.at(-1)).toMatchObject({ text: 'The user declined this. Their reason: Not this month.' })
    expect(ran).not.toHaveBeenCalled()
  })

  it('runs with edited arguments, which are checked by its schema and recorded', async () => {
    const { call_id } = await startParkedCall()
    const refused = await decide(call_id, true, { arguments: { amount: 'much' } })
    expect(refused).toMatchObject({
      error: { kind: 'invalid', errors: [{ pointer: '/arguments', detail: expect.stringContaining('amount') }] },
    })
    expect(await decide(call_id, true, { arguments: { amount: 3 } })).toMatchObject({ ok: true })
    await untilEnded()
    expect(ran).toHaveBeenCalledExactlyOnceWith(3)
    expect(await last('call.decided')).toMatchObject({ by: alice, arguments: '{"amount":3}' })
  })

  it.each([
    ['/reason', true, { reason: 'because' }],
    ['/answer', true, { answer: 'yes' }],
    ['/arguments', false, { arguments: { amount: 1 } }],
    ['/remember', false, { remember: true }],
  ] as const)('refuses a decision with %s that does not fit (approved: %s), and still waits', async (pointer, approved, details) => {
    const { call_id } = await startParkedCall()
    expect(await decide(call_id, approved, details)).toMatchObject({ error: { kind: 'invalid', errors: [{ pointer }] } })
    expect(await session.pendingCall(alice, call_id)).toMatchObject({ ok: true })
  })

  it('waits no longer than a week, and then counts as declined', async () => {
    const { until } = await startParkedCall()
    expect(Math.abs(until - Date.now() - 604_800_000)).toBeLessThan(60_000)
    await fireCallTimers()
    await untilEnded()
    expect(await last('call.ended')).toMatchObject({ outcome: 'denied', text: 'It was not approved in time.' })
  })
})

describe('An approval', () => {
  const changes: readonly (readonly [string, () => void])[] = [
    ['the description of the tool', () => Object.assign(found, { tool: { ...found.tool, description: 'Pays twice.' } })],
    ['the schema of the tool', () => Object.assign(found, { tool: { ...found.tool, parameters: {} } })],
    ['the effect of the tool', () => Object.assign(found, { tool: { ...found.tool, effect: 'idempotent' } })],
    ['the rule of the tool', () => Object.assign(found, { tool: payTool('always') })],
    ['the policy', () => Object.assign(found, { policy: { ...allowedByPolicy, policy: { revision: 2, hash: 'p2' } } })],
    ['the persona', () => Object.assign(found, { persona: { id: 'clerk', version: 1, tools: null, approval: 'never' } })],
    ['the rule of the persona', () => Object.assign(found, { persona: { id: 'clerk', version: 1, tools: null, approval: 'always' } })],
  ]

  it.each(changes)('asks again when %s changed while the call waited', async (_, change) => {
    const first = await startParkedCall()
    change()
    expect(await decide(first.call_id, true)).toMatchObject({ ok: false, error: { kind: 'call_changed' } })
    const second = await parked(2)
    expect(second.binding).not.toBe(first.binding)
    expect(await decide(first.call_id, true, { binding: first.binding })).toMatchObject({ error: { kind: 'call_changed' } })
    expect(ran).not.toHaveBeenCalled()
    await decide(first.call_id, true, { binding: second.binding })
    await untilEnded()
    expect(ran).toHaveBeenCalledOnce()
  })

  it.each(changes)('asks again when %s changed between the decision and the run', async (_, change) => {
    const { call_id } = await startParkedCall()
    const run = executor.execute
    executor.execute = async (job) => {
      executor.execute = run
      change()
      await run(job)
    }
    expect(await decide(call_id, true)).toMatchObject({ ok: true })
    await parked(2)
    expect(ran).not.toHaveBeenCalled()
    await session.cancel(alice, (await last('call.parked'))?.turn_id ?? '')
  })

  it('does not outweigh a denial: the policy is asked at the decision, and when the call runs', async () => {
    const { call_id } = await startParkedCall()
    found.policy = { ...allowedByPolicy, allowed: false, reasons: ['too_often'] }
    expect(await decide(call_id, true)).toMatchObject({ error: { kind: 'denied', reasons: ['too_often'] } })
    const run = executor.execute
    found.policy = allowedByPolicy
    executor.execute = (job) => {
      found.policy = { ...allowedByPolicy, allowed: false, reasons: ['too_often'] }
      return run(job)
    }
    await decide(call_id, true)
    await untilEnded()
    expect(await last('call.ended')).toMatchObject({ outcome: 'denied' })
    expect(ran).not.toHaveBeenCalled()
  })

  it('has one use', async () => {
    const { call_id } = await startParkedCall()
    let job: CallJob | undefined
    executor.execute = (next) => {
      job = next
      return hang()
    }
    await decide(call_id, true)
    await vi.waitFor(() => expect(job?.token).toBe(1))
    const verdict = await executor.judge(job as CallJob)
    const approval = verdict.kind === 'ask' ? verdict.need : null
    if (!approval || !job) throw new Error('the call needs no approval')
    const forged = { ...approval, binding: 'f'.repeat(64) }
    expect(await session.claimCall(attemptOf(job), { approval: forged })).toBe(false)
    expect(await session.claimCall(attemptOf(job), { approval })).toBe(true)
    expect(await session.claimCall(attemptOf(job), { approval })).toBe(false)
    testEnd.abort()
    await fireCallTimers()
    await session.resolveCall(alice, call_id, 'given_up', alice)
    expect(await session.claimCall(attemptOf(job), { approval })).toBe(false)
  })

  it('is refused while the executor is unreachable, and nothing is lost', async () => {
    const { call_id } = await startParkedCall()
    const { judge } = executor
    executor.judge = () => Promise.reject(new Error('unreachable'))
    expect(await decide(call_id, true)).toMatchObject({ error: { kind: 'unavailable' } })
    executor.judge = judge
    await decide(call_id, true)
    await untilEnded()
    expect(ran).toHaveBeenCalledOnce()
  })
})

describe('An approval for later calls', () => {
  it('lets them run with any arguments, is listed, and can be revoked', async () => {
    const { call_id } = await startParkedCall([pay(1), endsWithCalls], [pay(2), endsWithCalls], [pay(3), endsWithCalls])
    await decide(call_id, true, { remember: true })
    await untilEnded()
    expect(ran.mock.calls).toEqual([[1], [2], [3]])
    expect(await session.approvals(alice)).toMatchObject({ value: { approvals: [{ tool: 'pay', granted_by: alice }] } })
    await evictDurableObject(session)
    reopen()
    expect(await session.revokeApproval(alice, 'pay', alice)).toMatchObject({ ok: true })
    expect(await session.revokeApproval(alice, 'pay', alice)).toMatchObject({ error: { kind: 'not_found' } })
    expect(await last('approval.revoked')).toMatchObject({ tool: 'pay', by: alice })
    expect(await session.approvals(alice)).toMatchObject({ value: { approvals: [] } })
  })

  it('does not count once the tool has changed', async () => {
    const { call_id } = await startParkedCall([pay(1), endsWithCalls], [pay(2), endsWithCalls])
    executor.execute = ((run) => async (job) => {
      await run(job)
      found.tool = { ...found.tool, description: 'Pays twice.' }
    })(executor.execute)
    await decide(call_id, true, { remember: true })
    await parked(2)
    expect(ran.mock.calls).toEqual([[1]])
  })

  it('is given by the first approval of the rule `once`, and never by the rule `always`', async () => {
    found.tool = payTool('once')
    const { call_id } = await startParkedCall([pay(1), endsWithCalls], [pay(2), endsWithCalls])
    await decide(call_id, true)
    await untilEnded()
    expect(ran.mock.calls).toEqual([[1], [2]])
    found.tool = payTool('always')
    scriptRunner([], [], [], [pay(3), endsWithCalls])
    await sendMessage('again')
    const again = await parked(2)
    expect(await decide(again.call_id, true, { remember: true })).toMatchObject({
      error: { kind: 'invalid', errors: [{ pointer: '/remember' }] },
    })
    expect(ran).toHaveBeenCalledTimes(2)
  })

  it('does not count for calls that the policy asks about', async () => {
    const { call_id } = await startParkedCall([pay(1), endsWithCalls], [pay(2), endsWithCalls])
    found.policy = { ...allowedByPolicy }
    executor.execute = ((run) => async (job) => {
      await run(job)
      found.policy = { ...allowedByPolicy, asks: ['listed'] }
    })(executor.execute)
    await decide(call_id, true, { remember: true })
    expect(await parked(2)).toMatchObject({ rule: 'always', asked: [{ source: 'catalog' }, { source: 'policy' }] })
  })
})

describe('A question to the user', () => {
  const ask = { ...payTool('never'), name: 'ask_user', question: () => ({ text: 'Which one?', choices: ['red', 'blue'] }) }

  it('waits as a parked call, survives a restart, and has the answer as its result', async () => {
    found.tool = ask
    const asked = await startParkedCall([call('ask_user', { arguments: '{"amount":1}' }), endsWithCalls])
    expect(asked).toMatchObject({ ask: 'question', reason: 'Which one?', choices: ['red', 'blue'] })
    expect((await types()).filter((type) => type === 'call.claimed')).toEqual([])
    await evictDurableObject(session)
    reopen()
    expect(await decide(asked.call_id, true)).toMatchObject({ error: { kind: 'invalid', errors: [{ pointer: '/answer' }] } })
    expect(await decide(asked.call_id, true, { answer: 'the blue one' })).toMatchObject({ ok: true })
    await untilEnded()
    expect(await last('call.ended')).toMatchObject({ outcome: 'completed', text: 'the blue one' })
    expect(ownJobs(jobs)[1]?.messages.at(-1)).toMatchObject({ role: 'tool', text: 'the blue one' })
    expect(ran).not.toHaveBeenCalled()
  })

  it('that nobody answers ends with that reason', async () => {
    found.tool = ask
    await startParkedCall([call('ask_user', { arguments: '{"amount":1}' }), endsWithCalls])
    await newestCallJob()
    await fireCallTimers()
    await untilEnded()
    expect(await last('call.ended')).toMatchObject({ outcome: 'denied', text: 'The user did not answer in time.' })
  })
})
