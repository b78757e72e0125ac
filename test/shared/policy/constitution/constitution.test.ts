import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import committed from '../../../../policy/plan.json' with { type: 'json' }
import { Subject, TenantId } from '../../../../shared/ids.ts'
import { textHash } from '../../../../shared/lib/text-hash.ts'
import { type AccessRequest, policyInput, withoutTexts } from '../../../../shared/policy/access-request.ts'
import { canonicalText, loadConstitution, type Rule } from '../../../../shared/policy/constitution/constitution.ts'
import { builtInPolicy, DecisionPoint } from '../../../../shared/policy/decision-point.ts'
import type { PolicyStore } from '../../../../shared/policy/policy-cache.ts'
import { examine } from '../../../../shared/policy/trial/examine-constitution.ts'

const builtIn = builtInPolicy(committed)
const ada = { tenant: TenantId.parse('acme'), subject: Subject.parse('ada'), roles: ['member'], scopes: [], amr: [] } as const
const root = { ...ada, roles: ['admin'] } as const

const document = (rules: readonly unknown[], tests: readonly unknown[], overrides: object = {}) => ({
  name: 'Ours',
  version: 1,
  principles: ['We say what we are.'],
  rules,
  tests,
  ...overrides,
})
const accessRequest = (action: string, resource: object = {}, context: object = {}) => ({ action, principal: ada, resource, context })
const problems = (input: unknown) => examine(input, builtIn.plan, 0).problems

/** The authorization of a tenant in which `constitution` is active. */
function authorizerOf(constitution: unknown, text = canonicalText(constitution) ?? '') {
  const checksum = textHash(text)
  const port: PolicyStore = {
    stampsInForce: async () => ({ policy: null, constitution: { seq: 1, version: 1, checksum } }),
    policyText: async () => null,
    constitutionText: async () => text,
  }
  const decisionPoint = new DecisionPoint(() => builtIn)
  return (request: { readonly action: string }, identity: Parameters<typeof policyInput>[0] = ada, messageText?: string) =>
    decisionPoint.authorize({
      input: policyInput(identity, request as AccessRequest),
      store: () => port,
      opa: null,
      now: () => 0,
      ...(messageText === undefined ? {} : { messageText: async () => messageText }),
    })
}

/** Each kind of rule, with inputs that it denies and allows. */
const kinds: readonly { readonly rule: Rule; readonly denied: readonly AccessRequest[]; readonly allowed: readonly AccessRequest[] }[] = [
  {
    rule: { kind: 'tools', article: '1', says: 'No echo.', forbid: ['echo'] },
    denied: [{ action: 'tool.execute', resource: { name: 'echo' }, context: { arguments: { text: 'x' } } }],
    allowed: [{ action: 'tool.execute', resource: { name: 'timestamp' }, context: { arguments: {} } }],
  },
  {
    rule: { kind: 'tools', article: '2', says: 'The clock alone.', only: ['timestamp'] },
    denied: [{ action: 'tool.execute', resource: { name: 'echo' }, context: { arguments: { text: 'x' } } }],
    allowed: [{ action: 'tool.execute', resource: { name: 'timestamp' }, context: { arguments: {} } }],
  },
  {
    rule: { kind: 'models', article: '3', says: 'Not the large one.', forbid: ['large'] },
    denied: [{ action: 'model.invoke', resource: { name: 'large' } }],
    allowed: [{ action: 'model.invoke', resource: { name: 'small' } }],
  },
  {
    rule: { kind: 'models', article: '4', says: 'Ours alone.', only: ['small'] },
    denied: [{ action: 'model.invoke', resource: { name: 'large' } }, { action: 'model.invoke' }],
    allowed: [{ action: 'model.invoke', resource: { name: 'small' } }],
  },
  {
    rule: { kind: 'actions', article: '5', says: 'Admins list.', actions: ['session.list'], except: { roles: ['admin'] } },
    denied: [{ action: 'session.list' }],
    allowed: [{ action: 'account.read' }],
  },
  {
    rule: { kind: 'texts', article: '6', says: 'No cards.', in: ['memory', 'tool'], patterns: ['\\b[0-9]{16}\\b'] },
    denied: [
      { action: 'memory.write', resource: { kind: 'conversation_memory' }, context: { text: 'it is 4111111111111111' } },
      { action: 'tool.execute', resource: { name: 'echo' }, context: { arguments: { text: '4111111111111111' } } },
    ],
    allowed: [
      { action: 'memory.write', resource: { kind: 'conversation_memory' }, context: { text: 'likes tea' } },
      { action: 'tool.execute', resource: { name: 'echo' }, context: { arguments: { text: '4111' } } },
    ],
  },
  {
    rule: { kind: 'sizes', article: '7', says: 'Brief.', in: ['memory'], max_characters: 10 },
    denied: [{ action: 'memory.write', resource: { kind: 'conversation_memory' }, context: { text: 'abcdefghijk' } }],
    allowed: [{ action: 'memory.write', resource: { kind: 'conversation_memory' }, context: { text: 'abcdefghij' } }],
  },
]

describe('A constitution', () => {
  for (const { rule, denied, allowed } of kinds)
    it(`with a rule about ${rule.kind} (article ${rule.article}) denies what the policy permits, and names the article`, async () => {
      const tests = [...denied, ...allowed].map((request) => ({ input: policyInput(ada, request), allow: allowed.includes(request) }))
      const input = document([rule], tests)
      assert.deepEqual(problems(input), [])
      const [restricted, unrestricted] = [authorizerOf(input), authorizerOf(document([], []))]
      for (const request of denied) {
        const decision = await restricted(request)
        assert.deepEqual([decision.allowed, decision.reasons], [false, [`article ${rule.article}: ${rule.says}`]])
        assert.equal((await unrestricted(request)).allowed, true, 'it is allowed without the rule')
      }
      for (const request of allowed) assert.deepEqual((await restricted(request)).allowed, true)
    })

  it('makes the exceptions that it names', async () => {
    const rule = (except: object) => ({ kind: 'actions', article: '1', says: 'Few list.', actions: ['session.list'], except })
    const list = { action: 'session.list' }
    assert.equal((await authorizerOf(document([rule({ roles: ['admin'] })], []))(list, root)).allowed, true)
    assert.equal((await authorizerOf(document([rule({ roles: ['admin'] })], []))(list, { ...ada, roles: ['owner'] })).allowed, true)
    assert.equal((await authorizerOf(document([rule({ scopes: ['lists'] })], []))(list, { ...ada, scopes: ['lists'] })).allowed, true)
    assert.equal((await authorizerOf(document([rule({ scopes: ['lists'] })], []))(list, root)).allowed, false)
    assert.equal((await authorizerOf(document([rule({})], []))(list, root)).allowed, false)
  })

  it('reads the message text, which neither the policy nor the trail receives', async () => {
    const rule = { kind: 'texts', article: '1', says: 'No cards.', in: ['message'], patterns: ['[0-9]{16}'] }
    const ask = authorizerOf(document([rule], []))
    const send = { action: 'conversation.send' }
    assert.equal((await ask(send, ada, 'hello')).allowed, true)
    const denied = await ask(send, ada, 'pay 4111111111111111')
    assert.deepEqual([denied.allowed, denied.reasons], [false, ['article 1: No cards.']])
    assert.deepEqual(withoutTexts(denied.input).context, { withheld: ['text'] })
    assert.equal((await ask(send)).allowed, false, 'is denied without the message text')
    const { input } = await authorizerOf(document([], []))(send, ada, 'hello')
    assert.deepEqual(input.context, {}, 'without such a rule the text is not read')
  })

  it('allows nothing by itself', async () => {
    const ask = authorizerOf(document([], []))
    const decision = await ask({ action: 'admin.users.read' })
    assert.deepEqual([decision.allowed, decision.reasons], [false, ['not_permitted']])
  })

  it("is part of each decision's stamp", async () => {
    const input = document([], [])
    const { policy } = await authorizerOf(input)({ action: 'session.list' })
    assert.deepEqual(policy, { ...builtIn.stamp, constitution: loadConstitution(canonicalText(input) ?? '')?.stamp })
  })

  it('with a rule that only newer code knows denies', async () => {
    const newer = document([{ kind: 'hours', article: '1', says: 'Not at night.', from: 22 }], [])
    const { allowed, reasons, evidence } = await authorizerOf(newer)({ action: 'session.list' })
    assert.deepEqual([allowed, reasons, evidence], [false, ['unavailable'], ['the active constitution cannot be loaded']])
  })

  it('does not restrict platform actions or its own replacement', async () => {
    const ask = authorizerOf(document([], []), 'not a constitution')
    assert.deepEqual((await ask({ action: 'session.list' }, root)).reasons, ['unavailable'])
    assert.equal((await ask({ action: 'admin.constitution.update' }, root)).allowed, true)
    assert.equal((await ask({ action: 'admin.constitution.update' })).allowed, false)
    assert.equal((await ask({ action: 'admin.policy.update' }, root)).allowed, true)
    assert.equal((await ask({ action: 'platform.read' }, { ...ada, scopes: ['admin:backup'] })).allowed, true)
  })
})

describe('A document', () => {
  const rule = { kind: 'tools', article: '1', says: 'No echo.', forbid: ['echo'] }
  const test = { input: accessRequest('tool.execute', { name: 'echo' }, { arguments: {} }), allow: false }

  it('has a checksum independent of field order', () => {
    const first = examine(document([rule], [test]), builtIn.plan, 0)
    const reordered = examine(Object.fromEntries(Object.entries(document([rule], [test])).reverse()), builtIn.plan, 0)
    assert.match(first.loaded?.stamp.checksum ?? '', /^[0-9a-f]{64}$/)
    assert.equal(first.loaded?.stamp.checksum, reordered.loaded?.stamp.checksum)
    assert.notEqual(
      examine(document([rule], [test], { name: 'Theirs' }), builtIn.plan, 0).loaded?.stamp.checksum,
      first.loaded?.stamp.checksum,
    )
  })

  const wrong: readonly [string, unknown, string, RegExp][] = [
    ['an unknown field', document([rule], [test], { motto: 'x' }), '/motto', /no such field/],
    ['an unknown field of a rule', document([{ ...rule, unless: 'x' }], [test]), '/rules/0/unless', /no such field/],
    ['an unknown kind', document([{ ...rule, kind: 'wishes' }], [test]), '/rules/0/kind', /./],
    ['no version', document([rule], [test], { version: undefined }), '/version', /./],
    ['version 0', document([rule], [test], { version: 0 }), '/version', /./],
    ['a tool rule of both kinds', document([{ ...rule, only: ['x'] }], [test]), '/rules/0', /exactly one/],
    ['a duplicate article', document([rule, { ...rule, forbid: ['x'] }], [test]), '/rules/1/article', /exists twice/],
    [
      'an invalid pattern',
      document([{ kind: 'texts', article: '1', says: 'x', in: ['memory'], patterns: ['(?=x)'] }], []),
      '/rules/0/patterns/0',
      /pattern/,
    ],
    [
      'an action that cannot be bound',
      document([{ kind: 'actions', article: '1', says: 'x', actions: ['admin.constitution.update'] }], []),
      '/rules/0/actions/0',
      /./,
    ],
    [
      'scopes for an action without scopes',
      document([{ kind: 'actions', article: '1', says: 'x', actions: ['model.invoke'], except: { scopes: ['x'] } }], []),
      '/rules/0/except/scopes',
      /roles/,
    ],
    ['a rule that denies no test', document([rule], []), '/rules/0', /no test/],
    ['a denied test that no rule denies', document([], [test]), '/tests/0', /no article/],
    ['an allowed test that a rule denies', document([rule], [test, { ...test, allow: true }]), '/tests/1', /article 1: No echo/],
    ['a value that is not an object', 'be good', '', /./],
    ['text without canonical JSON', document([], [], { name: '\ud800' }), '', /canonical/],
    ['text over the size limit', document([], [], { principles: Array.from({ length: 100 }, () => 'x'.repeat(1_000)) }), '', /units/],
  ]
  for (const [name, input, pointer, detail] of wrong)
    it(`is refused with ${name}`, () => {
      const [problem] = problems(input)
      assert.equal(problem?.pointer, pointer)
      assert.match(problem?.detail ?? '', detail)
    })

  it('may have no rules', () => assert.deepEqual(problems(document([], [])), []))
})
