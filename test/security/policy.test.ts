import { beforeAll, describe, expect, it } from 'vitest'
import committed from '../../policy/plan.json' with { type: 'json' }
import { signPolicy, signText } from '../../scripts/stack/policy.ts'
import { developmentSecrets } from '../../scripts/stack/secrets.ts'
import { type SharedStack, sharedStack } from '../support/shared-stack.ts'
import { type User, user } from '../support/user.ts'

let stack: SharedStack
let admin: User
let alice: User
let bob: User

beforeAll(async () => {
  stack = await sharedStack()
  admin = user(stack.url, await stack.token('policy', 'ada', { scopes: 'admin' }))
  alice = user(stack.url, await stack.token('policy', 'alice'))
  bob = user(stack.url, await stack.token('policy', 'bob'))
}, 120_000)

const status = async (response: Promise<Response>): Promise<number> => (await response).status

describe('9. A function of administrators', () => {
  const routes = [
    ['GET', '/v1/policy'],
    ['PUT', '/v1/policy', { policy: '{}', signature: 'a.b.c' }],
    ['POST', '/v1/policy/explain', { input: {} }],
    ['POST', '/v1/policy/what-if', { plan: {} }],
    ['POST', '/v1/data/soma/policy/allow', { input: {} }],
    ['POST', '/v1/constitution/validate', { constitution: {} }],
    ['POST', '/v1/constitution/load', { constitution: {}, signature: 'a.b.c' }],
    ['POST', '/v1/constitution/rollback', { version: 1 }],
    ['POST', '/constitution/load', { version: 1 }],
    ['GET', '/v1/audit'],
    ['GET', '/v1/audit/export'],
    ['GET', '/v1/relations'],
    ['POST', '/v1/relations', { writes: [{ object: 'group:admins', relation: 'member', user: 'user:alice' }] }],
    ['GET', '/v1/users'],
    ['PUT', '/v1/users/alice', { role: 'owner' }],
    ['GET', '/v1/admin/tenants'],
    ['POST', '/v1/signing-keys', {}],
  ] as const

  it('9. is denied to a member with the action and the reason, and each denial is in the audit trail', async () => {
    const requests: string[] = []
    for (const [method, path, body] of routes) {
      const denied = await alice.call(method, path, body)
      const problem = (await denied.json()) as { action?: string; reasons?: string[] }
      expect([path, denied.status, problem]).toMatchObject([path, 403, { type: '/problems/denied', reasons: ['not_permitted'] }])
      expect(problem.action).toMatch(/^[a-z]+(\.[a-z]+)+$/)
      requests.push(denied.headers.get('x-request-id') ?? '')
    }
    await expect
      .poll(async () => {
        const page = (await (await admin.call('GET', '/v1/audit?outcome=denied&subject=alice&limit=200')).json()) as {
          entries: { request_id: string }[]
        }
        const recorded = new Set(page.entries.map(({ request_id }) => request_id))
        return requests.filter((request) => !recorded.has(request))
      })
      .toEqual([])
  })
})

/** The parts of `plan.json` that the tests change. */
interface PlanJson {
  readonly static: { readonly strings: { value: string }[]; readonly builtin_funcs: object[] }
  readonly plans: { readonly plans: { readonly name: string; readonly blocks: { readonly stmts: unknown[] }[] }[] }
  readonly funcs: { readonly funcs: { readonly name: string; readonly blocks: object[] }[] }
}

describe('11. A policy that must be rejected', () => {
  const tests = [
    {
      input: {
        principal: { id: 'a', tenant: 'policy', roles: ['admin'], scopes: [] },
        action: 'admin.policy.read',
        resource: { tenant: 'policy' },
      },
      allow: true,
    },
    { input: {}, allow: false },
  ]
  let next = 100
  const bundle = (overrides: object = {}) => ({ revision: ++next, plan: committed as unknown, tests, ...overrides })
  type Key = Awaited<ReturnType<typeof developmentSecrets>>['signingKey']
  let key: Key
  let foreignKey: Key
  let active: { revision: number; hash: string }

  beforeAll(async () => {
    key = (await developmentSecrets()).signingKey
    const pair = (await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify'])) as CryptoKeyPair
    foreignKey = { ...((await crypto.subtle.exportKey('jwk', pair.privateKey)) as Key), kid: key.kid }
    const put = await admin.call('PUT', '/v1/policy', await signPolicy(bundle(), 'policy', key))
    expect(put.status).toBe(200)
    active = (await put.json()) as typeof active
  })

  async function refusalOf(envelope: { policy: string; signature: string }): Promise<[number, string]> {
    const response = await admin.call('PUT', '/v1/policy', envelope)
    const { detail } = (await response.json()) as { detail: string }
    await expect
      .poll(async () => (await (await admin.call('GET', '/v1/policy')).json()) as object, { timeout: 2_000 })
      .toMatchObject({ revision: active.revision, hash: active.hash })
    return [response.status, detail]
  }

  /** The project's plan, after `change`. */
  const changed = (change: (plan: PlanJson) => void): unknown => {
    const plan = structuredClone(committed) as PlanJson
    change(plan)
    return plan
  }
  /** The statements of an entry point; of the first one without a name. */
  const statementsOf = (plan: PlanJson, name = plan.plans.plans[0]?.name): unknown[] =>
    plan.plans.plans.find((entryPoint) => entryPoint.name === name)?.blocks[0]?.stmts ?? []

  it('11. has an invalid signature: of another key, text, tenant or revision', async () => {
    const valid = await signPolicy(bundle(), 'policy', key)
    const signedAgain = await signPolicy(bundle(), 'policy', key)
    const wrong = [
      { ...valid, signature: `${valid.signature.slice(0, -4)}AAAA` },
      { ...valid, signature: 'a.b.c' },
      { ...valid, signature: signedAgain.signature },
      { ...valid, policy: valid.policy.replace('"allow":false', '"allow":true') },
      { ...valid, policy: ` ${valid.policy}` },
      await signPolicy(bundle(), 'policy', foreignKey),
      await signPolicy(bundle(), 'policy-other', key),
      { ...valid, signature: `${btoa('{"alg":"none"}').replaceAll('=', '')}.${valid.signature.split('.')[1]}.` },
      { ...valid, signature: await stack.token('policy', 'ada', { scopes: 'admin' }) },
    ]
    for (const envelope of wrong) expect(await refusalOf(envelope)).toMatchObject([422, expect.stringContaining('signature')])
  })

  it('11. is older than the current one, or as old', async () => {
    for (const revision of [active.revision, active.revision - 1, 1])
      expect(await refusalOf(await signPolicy(bundle({ revision }), 'policy', key))).toMatchObject([409, expect.stringContaining('newer')])
  })

  it('11. needs an unsupported builtin or statement', async () => {
    const builtin = changed((plan) =>
      plan.static.builtin_funcs.push({ name: 'http.send', decl: { args: [{ type: 'any' }], result: { type: 'any' }, type: 'function' } }),
    )
    expect(await refusalOf(await signPolicy(bundle({ plan: builtin }), 'policy', key))).toMatchObject([
      422,
      expect.stringContaining('http.send'),
    ])
    const statement = changed((plan) => statementsOf(plan).unshift({ type: 'ExecStmt', stmt: { file: 0, row: 1, col: 1 } }))
    expect(await refusalOf(await signPolicy(bundle({ plan: statement }), 'policy', key))).toMatchObject([
      422,
      expect.stringContaining('ExecStmt'),
    ])
    for (const plan of [null, [], {}, { plans: {} }, 'plan'])
      expect((await refusalOf(await signPolicy(bundle({ plan }), 'policy', key)))[0]).toBe(422)
  })

  it('11. is nested without bound, or recursive', async () => {
    const deep = (depth: number): string =>
      `${'[{"type":"BlockStmt","stmt":{"file":0,"row":1,"col":1,"blocks":[{"stmts":'.repeat(depth)}[]${'}]}}]'.repeat(depth)}`
    // Built as text, because serializing such an object would overflow the stack.
    const revision = ++next
    const marked = changed((plan) => {
      statementsOf(plan).unshift('HERE')
    })
    for (const depth of [1_500, 6_000]) {
      const inner = deep(depth).slice(1, -1)
      const text = JSON.stringify({ revision, plan: marked, tests }).replace('"HERE"', inner)
      expect([depth, (await refusalOf(await signText(text, revision, 'policy', key)))[0]]).toEqual([depth, 422])
    }
    const recursive = changed((plan) => {
      const [first] = plan.funcs.funcs
      first?.blocks.unshift({
        stmts: [
          {
            type: 'CallStmt',
            stmt: {
              file: 0,
              row: 1,
              col: 1,
              func: first?.name,
              args: [
                { type: 'local', value: 0 },
                { type: 'local', value: 1 },
              ],
              result: 2,
            },
          },
        ],
      })
    })
    expect((await refusalOf(await signPolicy(bundle({ plan: recursive }), 'policy', key)))[0]).toBe(422)
  })

  it('11. exceeds the cost limit of a decision', async () => {
    // 1,000 × 1,000 × 1,000 steps over data in the bundle.
    const scan = (source: number, local: number, inner: object[]): object => ({
      type: 'ScanStmt',
      stmt: { file: 0, row: 1, col: 1, source, key: local, value: local + 1, block: { stmts: inner } },
    })
    const costlyPlan = changed((plan) => {
      const many = plan.static.strings.push({ value: 'many' }) - 1
      statementsOf(plan, 'soma/policy/allow').unshift(
        {
          type: 'DotStmt',
          stmt: { file: 0, row: 1, col: 1, source: { type: 'local', value: 1 }, key: { type: 'string_index', value: many }, target: 9_000 },
        },
        scan(9_000, 9_010, [scan(9_000, 9_020, [scan(9_000, 9_030, [{ type: 'NopStmt', stmt: { file: 0, row: 1, col: 1 } }])])]),
      )
    })
    const data = { many: Array.from({ length: 1_000 }, (_, index) => index) }
    const [code, detail] = await refusalOf(await signPolicy(bundle({ plan: costlyPlan, data }), 'policy', key))
    expect([code, detail]).toMatchObject([422, expect.stringMatching(/fuel/)])
  })

  it('11. fails its tests, has none, or allows more than they require', async () => {
    const wrong = [[{ ...tests[0], allow: false }, tests[1]], [tests[1], tests[1]], []]
    for (const input of wrong) expect((await refusalOf(await signPolicy(bundle({ tests: input }), 'policy', key)))[0]).toBe(422)
    expect(await refusalOf(await signPolicy(bundle({ tests: [...tests, { input: {}, allow: true }] }), 'policy', key))).toMatchObject([
      422,
      expect.stringContaining('tests'),
    ])
  })
})

describe('12. A pattern in the policy, and hostile text for it', () => {
  it('12. is matched in bounded time: hundreds of thousands of characters cost fuel, not seconds', async () => {
    const isAllowed = async (text: string): Promise<boolean> => {
      const input = {
        principal: { id: 'a', tenant: 'policy', roles: ['member'], scopes: [] },
        action: 'memory.write',
        resource: { tenant: 'policy', kind: 'conversation_memory' },
        context: { text },
      }
      return ((await (await admin.call('POST', '/v1/data/soma/policy/allow', { input })).json()) as { result: boolean }).result
    }
    expect(await isAllowed('likes tea')).toBe(true)
    const hostileTexts = [
      'a'.repeat(400_000),
      `${'a'.repeat(200_000)}@`,
      `${'a.'.repeat(100_000)}@${'b-'.repeat(50_000)}`,
      '1 '.repeat(200_000),
      '+'.repeat(400_000),
    ]
    // Each request is answered, without delays for other users. An undecided request is denied.
    const otherStatuses: number[] = []
    const answers = Promise.all(hostileTexts.map(isAllowed))
    for (let index = 0; index < 5; index++) otherStatuses.push(await status(alice.call('GET', '/v1/sessions')))
    for (const answer of await answers) expect(typeof answer).toBe('boolean')
    expect(otherStatuses).toEqual([200, 200, 200, 200, 200])
  })
})

describe('13. Tuples that would grant more than they state', () => {
  const write = (caller: User, object: string, relation: string, userName: string) =>
    caller.call('POST', '/v1/relations', { writes: [{ object, relation, user: userName }] })

  it('13. are rejected with a forbidden wildcard, a forbidden userset or a nested name', async () => {
    await alice.send('mine', { session_id: 's13' })
    const names = [
      'user:*',
      'user:bob#viewer',
      'user:bob:carol',
      'user:bob viewer',
      'session:s13#owner',
      'tenant:*',
      'group:*#member',
      'user:',
      ':bob',
      'bob',
      '*',
      'user:\0',
      '#',
      'user:a@b#',
    ]
    for (const name of names) expect([name, (await write(alice, 'session:s13', 'viewer', name)).status]).toEqual([name, 400])
    for (const object of ['session:*', 'session:s13#viewer', 'session:', 'session:s13:s14', 'user:alice'])
      expect([object, [400, 403].includes((await write(alice, object, 'viewer', 'user:bob')).status)]).toEqual([object, true])
    expect(await (await alice.call('GET', '/v1/relations?object=session:s13')).json()).toMatchObject({ tuples: [] })
    expect(await status(bob.call('GET', '/v1/sessions/s13'))).toBe(404)
  })

  it('13. in a cycle or a very long chain grant nothing, and are answered', async () => {
    await alice.send('mine', { session_id: 's13b' })
    const member = (group: number, of: number) => ({ object: `group:g${group}`, relation: 'member', user: `group:g${of}#member` })
    // A cycle of three and a chain of eighty.
    const chain = Array.from({ length: 80 }, (_, index) => member(index + 10, index + 11))
    for (const writes of [[member(0, 1), member(1, 2), member(2, 0)], chain]) {
      expect(await status(admin.call('POST', '/v1/relations', { writes }))).toBe(200)
    }
    await admin.call('POST', '/v1/relations', { writes: [{ object: 'group:g90', relation: 'member', user: 'user:bob' }] })
    for (const group of ['g0', 'g10']) {
      expect(await status(write(alice, 'session:s13b', 'viewer', `group:${group}#member`))).toBe(200)
      expect([group, await status(bob.call('GET', '/v1/sessions/s13b'))]).toEqual([group, 404])
    }
    expect(await status(write(alice, 'session:s13b', 'viewer', 'user:bob'))).toBe(200)
    expect(await status(bob.call('GET', '/v1/sessions/s13b'))).toBe(200)
  })
})
