/** H1: a candidate decides recorded requests in turns, and stops when its time is up. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import plan from '../../../../policy/plan.json' with { type: 'json' }
import { maxPolicyUnits } from '../../../../shared/policy/bundle.ts'
import type { RecordedDecision } from '../../../../shared/policy/decision-comparison.ts'
import { builtInPolicy } from '../../../../shared/policy/decision-point.ts'
import { loadReplay, type RecordedDecider, replay } from '../../../../shared/policy/trial/replay.ts'
import { sliceFuel } from '../../../../shared/policy/trial/time-slices.ts'

const builtIn = builtInPolicy(plan).plan
const text = JSON.stringify({ plan })
const principal = (role: string) => ({ id: 'bob', tenant: 't1', roles: [role], scopes: [] })
const listing = (role: string, overrides: object = {}): RecordedDecision => ({
  id: role,
  input: { principal: principal(role), action: 'session.list', resource: { tenant: 't1' }, context: {} },
  allowed: true,
  at: 0,
  ...overrides,
})
const constitution = JSON.stringify({
  name: 'Ours',
  version: 1,
  principles: [],
  rules: [
    { kind: 'actions', article: '1', says: 'Only admins list.', actions: ['session.list'], except: { roles: ['admin'] } },
    { kind: 'sizes', article: '2', says: 'Short.', in: ['message'], max_characters: 1 },
  ],
  tests: [],
})
const answersOf = async (setup: Parameters<typeof loadReplay>[0], ...recorded: RecordedDecision[]) => {
  const decider = loadReplay(setup, builtIn)
  assert.ok(decider.ok, JSON.stringify(decider))
  return (await replay(decider.value, recorded, unlimited)).answers
}
const unlimited = { maxMs: 1_000, now: () => 0, pause: async () => {} }
const sending: RecordedDecision = { ...listing('member'), input: { ...(listing('member').input as object), action: 'conversation.send' } }

describe('H1: a replay', () => {
  it('decides by the policy, and then by the constitution', async () => {
    const recorded = [listing('member'), listing('admin'), listing('unknown')]
    assert.deepEqual(await answersOf({ policy: text, constitution: null, skipsTexts: false }, ...recorded), [
      'allowed',
      'allowed',
      'denied',
    ])
    assert.deepEqual(await answersOf({ policy: text, constitution, skipsTexts: false }, ...recorded), ['denied', 'allowed', 'denied'])
    assert.deepEqual(await answersOf({ policy: text, constitution: 'null', skipsTexts: false }, ...recorded), [
      'denied',
      'denied',
      'denied',
    ])
  })

  it('repeats the recorded decision where no policy is known', async () => {
    const setup = { policy: null, constitution, skipsTexts: false }
    assert.deepEqual(await answersOf(setup, listing('admin'), listing('admin', { allowed: false }), listing('member')), [
      'allowed',
      'denied',
      'denied',
    ])
  })

  it('skips texts that the trail does not store, if the constitution is the candidate', async () => {
    assert.deepEqual(await answersOf({ policy: null, constitution, skipsTexts: true }, sending), ['skipped'])
    assert.deepEqual(await answersOf({ policy: null, constitution, skipsTexts: false }, sending), ['denied'])
  })

  it('refuses a plan that is too long, that does not load, or that lacks the entry point', () => {
    const refusal = (policy: string) => {
      const loaded = loadReplay({ policy, constitution: null, skipsTexts: false }, builtIn)
      return loaded.ok ? 'loaded' : loaded.error
    }
    assert.deepEqual(refusal('x'.repeat(maxPolicyUnits + 1)), {
      why: 'plan',
      detail: `it has ${maxPolicyUnits + 1} UTF-16 units, more than ${maxPolicyUnits}`,
    })
    assert.match(JSON.stringify(refusal('{"plan": 7}')), /"why":"plan"/)
    const renamed = text.replaceAll('soma/policy/allow', 'soma/policy/other')
    assert.deepEqual(refusal(renamed), { why: 'plan', detail: 'it has no entry point soma/policy/allow' })
  })

  const decisions = Array.from({ length: 10 }, (_, index) => listing('member', { id: String(index), at: index }))
  const expensive: RecordedDecider = () => ({ answer: 'fault', fuel: sliceFuel, fault: 'fuel' })

  it('lets other requests run whenever the fuel of a turn is used up', async () => {
    let pauses = 0
    const pause = async () => void pauses++
    const answered = await replay(expensive, decisions, { maxMs: 1_000, now: () => 0, pause })
    assert.equal(pauses, decisions.length)
    assert.deepEqual([answered.answers.length, answered.fault], [decisions.length, 'fuel'])
    pauses = 0
    await replay(() => ({ answer: 'denied', fuel: sliceFuel / 2 }), decisions, { maxMs: 1_000, now: () => 0, pause })
    assert.equal(pauses, decisions.length / 2)
  })

  it('stops after the decision that used up the time, and decides at least one', async () => {
    let seconds = 0
    const answers = async (maxMs: number) =>
      (await replay(expensive, decisions, { maxMs, now: () => seconds++ * 1_000, pause: async () => {} })).answers
    assert.equal((await answers(2_500)).length, 3)
    assert.equal((await answers(0)).length, 1)
  })
})
