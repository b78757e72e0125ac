/** Every combination of catalog, persona, policy and parent. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type ApprovalRule, approvalRules } from '../../../shared/tool/approval-rule.ts'
import { type CallDecision, type CallFacts, decideCall } from '../../../shared/tool/decision.ts'

type Choices<T> = readonly { readonly value: T; readonly denies: boolean; readonly rule: ApprovalRule }[]

const catalogs: Choices<CallFacts['catalog']> = [
  { value: null, denies: true, rule: 'never' },
  ...approvalRules.flatMap((rule) =>
    [[], ['tool_disabled'], ['tool_not_allowed']].map((refusals) => ({
      value: { refusals, approval: rule },
      denies: refusals.length > 0,
      rule,
    })),
  ),
]
const personas: Choices<CallFacts['persona']> = [
  { value: null, denies: false, rule: 'never' },
  ...approvalRules.flatMap((rule) => [true, false].map((offers) => ({ value: { offers, approval: rule }, denies: !offers, rule }))),
]
const policies: Choices<CallFacts['policy']> = [
  { value: { allowed: true, reasons: [] }, denies: false, rule: 'never' },
  { value: { allowed: true, reasons: [], asks: ['listed'] }, denies: false, rule: 'always' },
  { value: { allowed: false, reasons: [] }, denies: true, rule: 'never' },
  { value: { allowed: false, reasons: ['too_often'] }, denies: true, rule: 'never' },
  { value: { allowed: false, reasons: ['too_often'], asks: ['listed'] }, denies: true, rule: 'always' },
]
const parents: Choices<CallDecision | null> = [
  { value: null, denies: false, rule: 'never' },
  { value: { kind: 'run' }, denies: false, rule: 'never' },
  { value: { kind: 'deny', reasons: ['not_of_persona'] }, denies: true, rule: 'never' },
  ...(['once', 'ask', 'always'] as const).map((rule) => ({
    value: { kind: 'ask', rule, asked: [{ source: 'catalog', reason: 'Because.' }] } as const,
    denies: false,
    rule,
  })),
]

function* combinations() {
  for (const catalog of catalogs)
    for (const persona of personas)
      for (const policy of policies)
        for (const parent of parents) {
          const facts = { catalog: catalog.value, persona: persona.value, policy: policy.value, parent: parent.value }
          yield { facts, sources: [catalog, persona, policy, parent] }
        }
}

describe('The decision about a call', () => {
  it('is decided for every combination, and a denial wins in each', () => {
    let count = 0
    for (const { facts, sources } of combinations()) {
      count++
      const decision = decideCall(facts)
      const isDenied = sources.some(({ denies }) => denies)
      assert.equal(decision.kind === 'deny', isDenied, JSON.stringify(facts))
      if (decision.kind === 'deny') assert.ok(decision.reasons.length > 0)
    }
    assert.equal(count, 13 * 9 * 5 * 6)
  })

  it('asks by the strictest rule of all sources, and names each source that asks', () => {
    for (const { facts, sources } of combinations()) {
      const decision = decideCall(facts)
      if (decision.kind === 'deny') continue
      const strictest = Math.max(...sources.map(({ rule }) => approvalRules.indexOf(rule)))
      assert.equal(decision.kind === 'ask' ? decision.rule : 'never', approvalRules[strictest], JSON.stringify(facts))
      if (decision.kind !== 'ask') continue
      const names = (['catalog', 'persona', 'policy', 'parent'] as const).filter((_, index) => sources[index]?.rule !== 'never')
      assert.deepEqual([...new Set(decision.asked.map(({ source }) => source))], names)
      assert.ok(decision.asked.every(({ reason }) => reason.length > 3))
    }
  })

  it('never becomes weaker when a source becomes stricter', () => {
    const weight = (decision: CallDecision) =>
      decision.kind === 'deny' ? 4 : decision.kind === 'ask' ? approvalRules.indexOf(decision.rule) : 0
    for (const { facts } of combinations()) {
      const before = weight(decideCall(facts))
      const stricter: CallFacts[] = [
        { ...facts, catalog: null },
        { ...facts, catalog: facts.catalog && { ...facts.catalog, approval: 'always' } },
        { ...facts, persona: { offers: facts.persona?.offers ?? true, approval: 'always' } },
        { ...facts, policy: { ...facts.policy, asks: ['listed'] } },
        { ...facts, policy: { ...facts.policy, allowed: false } },
        { ...facts, parent: { kind: 'deny', reasons: ['x'] } },
      ]
      for (const changed of stricter) assert.ok(weight(decideCall(changed)) >= before, JSON.stringify([facts, changed]))
    }
  })
})
