/** What an approval counts for. Each mutation of an approved call has another hash. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { approvalBinding, type BoundCall, grantBinding } from '../../../shared/tool/approval-binding.ts'
import { canonicalArguments } from '../../../shared/tool/canonical-arguments.ts'

const call: BoundCall = {
  tool: {
    name: 'pay',
    description: 'Pays.',
    parameters: { type: 'object', properties: { amount: { type: 'number' } } },
    effect: 'once',
    scopes: ['money'],
    approval: 'ask',
    version: 3,
  },
  arguments: '{"amount":5,"to":"bob"}',
  target: { tenant: 'acme', session: 's', turn_id: 't', call_id: 'c' },
  subject: 'ada',
  role_at_most: 'member',
  persona: { id: 'clerk', version: 2 },
  policy: { revision: 4, hash: 'aa' },
}

const tool = (change: Partial<BoundCall['tool']>): BoundCall => ({ ...call, tool: { ...call.tool, ...change } })
const args = (text: string): BoundCall => ({ ...call, arguments: text })
const target = (change: Partial<BoundCall['target']>): BoundCall => ({ ...call, target: { ...call.target, ...change } })
const constitution = { version: 1, checksum: 'bb' }

const mutations: Readonly<Record<string, BoundCall>> = {
  'another amount': args('{"amount":6,"to":"bob"}'),
  'another payee': args('{"amount":5,"to":"eve"}'),
  'one argument less': args('{"amount":5}'),
  'one argument more': args('{"amount":5,"now":true,"to":"bob"}'),
  'a text for a number': args('{"amount":"5","to":"bob"}'),
  'a letter of another alphabet': args('{"amount":5,"to":"bоb"}'),
  'a blank in a text': args('{"amount":5,"to":"bob "}'),
  'another name': tool({ name: 'pay_all' }),
  'another description': tool({ description: 'Pays at once.' }),
  'another schema': tool({ parameters: { type: 'object' } }),
  'another type in the schema': tool({ parameters: { type: 'object', properties: { amount: { type: 'string' } } } }),
  'another effect': tool({ effect: 'idempotent' }),
  'fewer scopes': tool({ scopes: [] }),
  'another approval rule': tool({ approval: 'once' }),
  'a newer catalog entry': tool({ version: 4 }),
  'another tenant': target({ tenant: 'globex' }),
  'another session': target({ session: 's2' }),
  'another turn': target({ turn_id: 't2' }),
  'another call': target({ call_id: 'c2' }),
  'another subject': { ...call, subject: 'eve' },
  'a higher role': { ...call, role_at_most: 'owner' },
  'no limit of the role': { ...call, role_at_most: undefined },
  'another persona': { ...call, persona: { id: 'boss', version: 2 } },
  'a newer persona': { ...call, persona: { id: 'clerk', version: 3 } },
  'a rule of the persona': { ...call, persona: { id: 'clerk', version: 2, approval: 'ask' } },
  'a stricter rule of the persona': { ...call, persona: { id: 'clerk', version: 2, approval: 'always' } },
  'a turn above': { ...call, callers: [{ persona_id: 'lead', tools: null }] },
  'another rule of a turn above': { ...call, callers: [{ persona_id: 'lead', tools: null, approval: 'ask' }] },
  'no persona': { ...call, persona: null },
  'a newer policy': { ...call, policy: { revision: 5, hash: 'aa' } },
  'another policy of that revision': { ...call, policy: { revision: 4, hash: 'ab' } },
  'a constitution': { ...call, policy: { ...call.policy, constitution } },
  'a newer constitution': { ...call, policy: { ...call.policy, constitution: { ...constitution, version: 2 } } },
  'a field moved into another': { ...call, subject: 'ad', arguments: `a${call.arguments}` },
}

describe('An approval', () => {
  it('counts for the same call', () => assert.equal(approvalBinding(structuredClone(call)), approvalBinding(call)))

  for (const [name, mutated] of Object.entries(mutations))
    it(`does not count for ${name}`, () => assert.notEqual(approvalBinding(mutated), approvalBinding(call)))

  it('has 34 mutations, each with a hash of its own', () => {
    assert.equal(Object.keys(mutations).length, 34)
    assert.equal(new Set(Object.values(mutations).map(approvalBinding)).size, 34)
  })

  it('for later calls counts for other arguments, and not for another tool, user, role or persona', () => {
    assert.equal(grantBinding(args('{}')), grantBinding(call))
    assert.equal(grantBinding(target({ turn_id: 't2', call_id: 'c2' })), grantBinding(call))
    for (const name of ['another schema', 'another description', 'another subject', 'a higher role', 'no persona', 'a newer catalog entry'])
      assert.notEqual(grantBinding(mutations[name] ?? call), grantBinding(call), name)
    for (const name of ['a rule of the persona', 'a stricter rule of the persona', 'a turn above', 'another rule of a turn above'])
      assert.notEqual(grantBinding(mutations[name] ?? call), grantBinding(call), name)
  })
})

describe('Canonical arguments', () => {
  it('are one text for every way to write them', () => {
    const texts = ['{"b":1.0,"a":"\\u00e9"}', ' {"a":"é", "b":1}', '{"b":10e-1,"a":"\\u00E9"}', '{"b":7,"a":"é","b":1}']
    assert.deepEqual(
      texts.map((text) => canonicalArguments(text)),
      texts.map(() => ({ ok: true, value: '{"a":"é","b":1}' })),
    )
    assert.deepEqual(canonicalArguments('  '), { ok: true, value: '{}' })
  })

  it('are refused with the reason if no tool can read them', () => {
    const nested = (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`
    assert.equal(canonicalArguments(nested(60)).ok, true)
    for (const [text, reason] of [
      ['{"a":1', /not valid JSON/],
      ['[1]', /not a JSON object/],
      ['null', /not a JSON object/],
      ['"x"', /not a JSON object/],
      ['{"__proto__":{"a":1}}', /__proto__/],
      ['{"a":[{"__proto__":1}]}', /__proto__/],
      ['{"a":"\\ud800"}', /surrogate/],
      ['{"\\udc00":1}', /surrogate/],
      [nested(70), /deeper/],
      [`{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`, /deeper|valid/],
    ] as const) {
      const refused = canonicalArguments(text)
      assert.equal(refused.ok, false, text.slice(0, 40))
      if (!refused.ok) assert.match(refused.error, reason)
    }
  })
})
