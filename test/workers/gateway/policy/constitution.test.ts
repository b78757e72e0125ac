import { env } from 'cloudflare:workers'
import { CompactSign, importJWK } from 'jose'
import { describe, expect, it, vi } from 'vitest'
import { textHash } from '../../../../shared/lib/text-hash.ts'
import { canonicalText } from '../../../../shared/policy/constitution/constitution.ts'
import { restrictableActions } from '../../../../shared/policy/policy-actions.ts'
import { actions, publicRoute } from '../../../../workers/gateway/policy/actions.ts'
import { type Client, client } from '../client.ts'
import { bundle, planWithout, signedPolicy } from './policies.ts'

const { TEST_POLICY_KEY } = env as unknown as { TEST_POLICY_KEY: string }
const admin = (tenant: string) => client(tenant, 'ada', 'admin')

const noLists = { kind: 'actions', article: '1', says: 'Only admins list.', actions: ['session.list'], except: { roles: ['admin'] } }
const inputFor = (action: string, context: object = {}) => ({
  principal: { id: 'bob', tenant: 'acme', roles: ['member'], scopes: [] },
  action,
  resource: { tenant: 'acme' },
  context,
})
const listing = { input: inputFor('session.list'), allow: false }

const constitution = (version: number, rules: readonly object[] = [], tests: readonly object[] = [], overrides: object = {}) => ({
  name: 'Ours',
  version,
  principles: ['We say what we are.'],
  rules,
  tests,
  ...overrides,
})

async function sign(document: unknown, { tenant = '*', overrides = {} }: { tenant?: string; overrides?: object } = {}) {
  const { version } = document as { version: number }
  const claims = { use: 'soma-constitution', tenant, version, sha256: textHash(canonicalText(document) ?? ''), ...overrides }
  const signature = await new CompactSign(new TextEncoder().encode(JSON.stringify(claims)))
    .setProtectedHeader({ alg: 'ES256', kid: 'test' })
    .sign(await importJWK(JSON.parse(TEST_POLICY_KEY), 'ES256'))
  return { constitution: document, signature }
}

const load = async ({ call }: Client, ...input: Parameters<typeof sign>) => call('POST', '/v1/constitution/load', await sign(...input))
const withinTwoSeconds = { timeout: 2_000, interval: 50 }

describe('A loaded constitution', () => {
  it('restricts its tenant within two seconds, is named in decisions, and can be rolled back', async () => {
    const ada = await admin('articles-1')
    const bob = await client('articles-1', 'bob')
    expect(await (await bob.call('GET', '/v1/constitution')).json()).toMatchObject({ version: 0, checksum: null, constitution: null })
    expect((await bob.call('GET', '/v1/sessions')).status).toBe(200)
    expect((await load(ada, constitution(1))).status).toBe(200)
    const loaded = await load(ada, constitution(2, [noLists], [listing]))
    const version = (await loaded.json()) as { checksum: string }
    expect([loaded.status, version]).toMatchObject([200, { version: 2, loaded_by: 'ada', rolled_back_from: null }])
    await vi.waitFor(async () => expect((await bob.call('GET', '/v1/sessions')).status).toBe(403), withinTwoSeconds)
    expect(await (await bob.call('GET', '/v1/sessions')).json()).toMatchObject({
      type: '/problems/denied',
      reasons: ['article 1: Only admins list.'],
      detail: expect.stringContaining('article 1: Only admins list.'),
    })
    expect((await ada.call('GET', '/v1/sessions')).status).toBe(200)
    expect((await (await client('articles-2', 'bob')).call('GET', '/v1/sessions')).status).toBe(200)
    expect(await (await bob.call('GET', '/v1/constitution')).json()).toMatchObject({ version: 2, constitution: { rules: [noLists] } })
    expect(await (await bob.call('GET', '/v1/constitution/version')).json()).toEqual(version)
    await vi.waitFor(async () => {
      const page = await ada.call('GET', '/v1/audit?subject=bob&outcome=denied&limit=1')
      expect(await page.json()).toMatchObject({
        entries: [{ action: 'session.list', policy: { revision: 0, constitution: { version: 2, checksum: version.checksum } } }],
      })
    })

    const rolledBack = await ada.call('POST', '/v1/constitution/rollback', { version: 1 })
    expect([rolledBack.status, await rolledBack.json()]).toMatchObject([200, { version: 1, rolled_back_from: 2 }])
    await vi.waitFor(async () => expect((await bob.call('GET', '/v1/sessions')).status).toBe(200), withinTwoSeconds)
    const { versions } = (await (await bob.call('GET', '/v1/constitution/versions')).json()) as { versions: unknown[] }
    expect(versions).toMatchObject([
      { seq: 3, version: 1, rolled_back_from: 2 },
      { seq: 2, version: 2, checksum: version.checksum },
      { seq: 1, version: 1, rolled_back_from: null },
    ])
    const second = await load(ada, constitution(2))
    expect([second.status, await second.json()]).toMatchObject([409, { detail: expect.stringContaining('version 2 is not newer than 2') }])
    expect((await ada.call('POST', '/v1/constitution/rollback', { version: 1 })).status).toBe(409)
    expect((await ada.call('POST', '/v1/constitution/rollback', { version: 9 })).status).toBe(409)
    const changes = await ada.call('GET', '/v1/audit?kind=change')
    expect(((await changes.json()) as { entries: { outcome: string; detail: object }[] }).entries).toMatchObject([
      { action: 'admin.constitution.update', outcome: 'refused', detail: { why: 'version' } },
      { outcome: 'refused', detail: { why: 'version' } },
      { outcome: 'refused', detail: { why: 'version' } },
      { outcome: 'done', detail: { version: 1, rolled_back_from: 2 } },
      { outcome: 'done', detail: { version: 2, checksum: version.checksum } },
      { outcome: 'done', detail: { version: 1 } },
    ])
  })

  it('requires an admin and the signature of a policy key', async () => {
    const ada = await admin('articles-3')
    const bob = await client('articles-3', 'bob')
    expect((await load(bob, constitution(1))).status).toBe(403)
    expect((await bob.call('POST', '/v1/constitution/rollback', { version: 1 })).status).toBe(403)
    expect((await bob.call('POST', '/v1/constitution/validate', { constitution: constitution(1) })).status).toBe(403)
    const forged = await sign(constitution(1))
    const wrong: [object, RegExp][] = [
      [{ ...forged, signature: `${forged.signature.slice(0, -4)}AAAA` }, /signature/],
      [{ ...forged, constitution: constitution(1, [], [], { name: 'Theirs' }) }, /another document/],
      [await sign(constitution(1), { tenant: 'articles-4' }), /another tenant/],
      [await sign(constitution(1), { overrides: { version: 2 } }), /another version/],
      [await sign(constitution(1), { overrides: { use: 'soma-policy' } }), /not for a constitution/],
      [{ constitution: constitution(1), signature: (await signedPolicy(bundle(1))).signature }, /not for a constitution/],
    ]
    for (const [body, detail] of wrong) {
      const refused = await ada.call('POST', '/v1/constitution/load', body)
      expect([refused.status, await refused.json()]).toMatchObject([
        422,
        { type: '/problems/constitution_refused', detail: expect.stringMatching(detail) },
      ])
    }
    expect((await ada.call('POST', '/v1/constitution/load', { constitution: constitution(1) })).status).toBe(400)
    expect(await (await ada.call('GET', '/v1/constitution/version')).json()).toMatchObject({ version: 0 })
  })

  it('is refused with unknown fields, an older version or failing tests', async () => {
    const ada = await admin('articles-5')
    expect((await load(ada, constitution(3, [noLists], [listing]))).status).toBe(200)
    const wrong: [object, number, string | undefined][] = [
      [constitution(4, [noLists], [listing], { motto: 'x' }), 422, '/motto'],
      [constitution(4, [noLists], [{ ...listing, allow: true }]), 422, '/tests/0'],
      [constitution(4, [noLists], []), 422, '/rules/0'],
      [constitution(3, [], []), 409, undefined],
      [constitution(2, [], []), 409, undefined],
    ]
    for (const [document, status, pointer] of wrong) {
      const refused = await load(ada, document)
      const { errors } = (await refused.json()) as { errors?: { pointer: string }[] }
      expect([refused.status, errors?.[0]?.pointer]).toEqual([status, pointer])
    }
    expect(await (await ada.call('GET', '/v1/constitution')).json()).toMatchObject({ version: 3, constitution: { rules: [noLists] } })
  })

  it('applies beside a policy of the tenant', async () => {
    const ada = await admin('articles-6')
    const bob = await client('articles-6', 'bob')
    expect((await load(ada, constitution(1, [noLists], [listing]))).status).toBe(200)
    expect((await ada.call('PUT', '/v1/policy', await signedPolicy(bundle(1, { plan: planWithout('settings.read') })))).status).toBe(200)
    await vi.waitFor(async () => {
      expect((await bob.call('GET', '/v1/sessions')).status).toBe(403)
      expect((await bob.call('GET', '/v1/settings')).status).toBe(403)
    }, withinTwoSeconds)
    expect(await (await bob.call('GET', '/v1/settings')).json()).toMatchObject({ reasons: ['not_permitted'] })
    const queried = await ada.call('POST', '/v1/data/soma/policy/reasons', { input: inputFor('session.list') })
    expect(await queried.json()).toMatchObject({ result: ['article 1: Only admins list.'] })
  })

  it('checks the key and value of a fact before it is stored', async () => {
    const ada = await admin('c-memory')
    const bob = await client('c-memory', 'bob')
    const rule = { kind: 'texts', article: '2', says: 'No code names.', in: ['memory'], patterns: ['(?i)bluebird'] }
    const writing = { input: inputFor('memory.write', { text: 'Bluebird' }), allow: false }
    expect((await load(ada, constitution(1, [rule], [writing]))).status).toBe(200)
    const remember = (key: string, value: string) => bob.call('POST', '/v1/remember', { key, value })
    const denied = { status: 403, action: 'memory.write', reasons: ['article 2: No code names.'] }
    await vi.waitFor(
      async () => expect(await (await remember('project', 'It is Bluebird.')).json()).toMatchObject(denied),
      withinTwoSeconds,
    )
    expect(await (await remember('bluebird', 'It is secret.')).json()).toMatchObject(denied)
    expect((await remember('project', 'It is another.')).status).toBe(200)
  })

  it('checks a message before it is accepted', async () => {
    const ada = await admin('articles-7')
    const bob = await client('articles-7', 'bob')
    const rule = { kind: 'texts', article: 'cards', says: 'No card numbers.', in: ['message'], patterns: ['\\b[0-9]{16}\\b'] }
    const test = { input: inputFor('conversation.send', { text: 'pay 4111111111111111' }), allow: false }
    expect((await load(ada, constitution(1, [rule], [test]))).status).toBe(200)
    const send = (message: string) => bob.call('POST', '/v1/sessions/message', { session_id: 'cards', message })
    await vi.waitFor(async () => expect((await send('pay 4111111111111111')).status).toBe(403), withinTwoSeconds)
    expect((await send('pay with a card')).status).toBe(200)
    await vi.waitFor(async () => {
      const page = (await (await ada.call('GET', '/v1/audit?outcome=denied&action=conversation.send')).json()) as { entries: object[] }
      expect(page.entries).toMatchObject([{ reasons: ['article cards: No card numbers.'], input: { context: { withheld: ['text'] } } }])
      expect(JSON.stringify(page)).not.toContain('4111')
    })
  })
})

describe('A constitution with rules for calls of models', () => {
  const invoke = (caller: Client, text: string, overrides?: object) =>
    caller.call('POST', '/v1/llm/invoke', {
      messages: [
        { role: 'user', content: [{ type: 'text', text }] },
        { role: 'assistant', content: 'yes' },
      ],
      ...(overrides && { overrides }),
    })

  it('checks all their messages', async () => {
    const ada = await admin('articles-calls')
    const bob = await client('articles-calls', 'bob')
    const rule = { kind: 'texts', article: 'cards', says: 'No card numbers.', in: ['message'], patterns: ['\\b[0-9]{16}\\b'] }
    const test = { input: inputFor('conversation.send', { text: 'pay 4111111111111111' }), allow: false }
    expect((await load(ada, constitution(1, [rule], [test]))).status).toBe(200)
    // A call that is allowed takes as long as its answer.
    await vi.waitFor(async () => expect((await invoke(bob, 'pay 4111111111111111')).status).toBe(403), { timeout: 12_000 })
    expect((await invoke(bob, 'pay with a card')).status).toBe(200)
    // Cut into parts, as a result, as arguments, and as instructions.
    const card = { type: 'text', text: '4111111111' }
    const rest = { type: 'text', text: '111111' }
    const chat = (messages: object[]) => bob.call('POST', '/v1/chat/completions', { model: 'default', messages })
    const calls = [{ id: 'c', type: 'function', function: { name: 'pay', arguments: '{"card": 4111111111111111}' } }]
    const hidden = [
      chat([{ role: 'user', content: [card, rest] }]),
      chat([
        { role: 'system', content: 'pay 4111111111111111' },
        { role: 'user', content: 'hello' },
      ]),
      chat([
        { role: 'user', content: 'hello' },
        { role: 'assistant', tool_calls: calls },
      ]),
      bob.call('POST', '/v1/messages', {
        model: 'default',
        max_tokens: 9,
        system: [card, rest],
        messages: [{ role: 'user', content: 'hi' }],
      }),
      bob.call('POST', '/v1/messages', {
        model: 'default',
        max_tokens: 9,
        messages: [{ role: 'user', content: [{ type: 'tool_result', tool_use_id: 'c', content: [card, rest] }] }],
      }),
    ]
    expect(await Promise.all(hidden.map(async (response) => (await response).status))).toEqual(hidden.map(() => 403))
    expect((await chat([{ role: 'user', content: 'pay with a card' }])).status).toBe(200)
  })

  it('forbids models, also in the list', async () => {
    const ada = await admin('articles-models')
    const bob = await client('articles-models', 'bob')
    for (const name of ['small', 'large']) await ada.call('PUT', `/v1/settings/models/${name}`, { profile: { provider: 'builtin' } })
    const rule = { kind: 'models', article: 'size', says: 'Only small models.', only: ['small'] }
    const test = { input: { ...inputFor('model.invoke'), resource: { tenant: 'acme', kind: 'model', name: 'large' } }, allow: false }
    expect((await load(ada, constitution(1, [rule], [test]))).status).toBe(200)
    await vi.waitFor(async () => {
      const { data } = (await (await bob.call('GET', '/v1/models')).json()) as { data: { id: string }[] }
      expect(data.map(({ id }) => id)).toEqual(['default', 'small'])
    }, withinTwoSeconds)
    const refused = await invoke(bob, 'hello', { model: 'large' })
    expect([refused.status, await refused.json()]).toMatchObject([
      403,
      { detail: expect.stringContaining('article size: Only small models.') },
    ])
    expect((await invoke(bob, 'hello', { model: 'small' })).status).toBe(200)
  })
})

describe('Explaining a decision', () => {
  it('names the article and the changes that would alter the decision', async () => {
    const ada = await admin('articles-8')
    expect((await load(ada, constitution(1, [noLists], [listing]))).status).toBe(200)
    const input = {
      ...inputFor('session.list'),
      principal: { id: 'bob', tenant: 'articles-8', roles: ['member'], scopes: [] },
      resource: { tenant: 'articles-8' },
    }
    await vi.waitFor(async () => {
      const explained = await ada.call('POST', '/v1/policy/explain', { input })
      expect(await explained.json()).toMatchObject({
        allowed: false,
        reasons: ['article 1: Only admins list.'],
        articles: [{ article: '1', says: 'Only admins list.' }],
        policy: { constitution: { version: 1 } },
        rules: expect.arrayContaining([expect.objectContaining({ file: 'constitution.rego' })]),
        changes: expect.arrayContaining([expect.objectContaining({ pointer: '/principal/roles', answer: true })]),
      })
    }, withinTwoSeconds)
    expect(await (await ada.call('POST', '/v1/data/soma/policy/allow', { input })).json()).toMatchObject({ result: false })
  })
})

describe('Validating', () => {
  it('reports problems with pointers, and a what-if report', async () => {
    const ada = await admin('articles-9')
    const bob = await client('articles-9', 'bob')
    await bob.call('GET', '/v1/sessions')
    await vi.waitFor(async () => {
      const page = (await (await ada.call('GET', '/v1/audit?action=session.list')).json()) as { entries: unknown[] }
      expect(page.entries).toHaveLength(1)
    })
    const validate = async (body: object) => (await ada.call('POST', '/v1/constitution/validate', body)).json()
    expect(await validate({ constitution: { name: '', colour: 'red' } })).toMatchObject({
      valid: false,
      checksum: null,
      problems: expect.arrayContaining([
        expect.objectContaining({ pointer: '/name' }),
        expect.objectContaining({ pointer: '/version' }),
        { pointer: '/colour', detail: 'there is no such field' },
      ]),
    })
    const valid = constitution(1, [noLists], [listing])
    expect(await validate({ constitution: valid, what_if: {} })).toMatchObject({
      valid: true,
      version: 1,
      problems: [],
      what_if: { closed: 1, opened: 0, differences: [{ subject: 'bob', action: 'session.list', was: true, would: false }] },
    })
    expect(await validate(await sign(valid))).toMatchObject({ valid: true })
    expect(await (await ada.call('GET', '/v1/constitution/version')).json(), 'validation changes nothing').toMatchObject({ version: 0 })
    expect(await validate({ constitution: valid, signature: 'a.b.c' })).toMatchObject({
      valid: false,
      problems: [{ pointer: '/signature' }],
    })
    expect((await load(ada, valid)).status).toBe(200)
    expect(await validate({ constitution: valid })).toMatchObject({ valid: false, problems: [{ pointer: '/version' }] })
  })
})

describe('/constitution', () => {
  it('has the format of SomaBrain', async () => {
    const ada = await admin('c10')
    const validate = async (input: object) => (await ada.call('POST', '/constitution/validate', { input })).json()
    expect(await (await ada.call('GET', '/constitution/version')).json()).toMatchObject({
      constitution_version: null,
      constitution_status: 'not-loaded',
      constitution_signatures: [],
    })
    expect(await validate(inputFor('session.list'))).toEqual({ allowed: false, explain: 'constitution not loaded', violations: [] })
    const unsigned = await ada.call('POST', '/constitution/load', constitution(1))
    expect([unsigned.status, await unsigned.json()]).toMatchObject([422, { detail: expect.stringContaining('signature') }])
    const { constitution: document, signature } = await sign(constitution(1, [noLists], [listing]))
    const saved = await ada.call('POST', '/constitution/load', { ...(document as object), signature })
    const { checksum } = (await saved.clone().json()) as { checksum: string }
    expect([saved.status, await saved.json()]).toEqual([200, { status: 'saved', checksum, version: 1 }])
    expect(await (await ada.call('GET', '/constitution/version')).json()).toMatchObject({
      constitution_version: checksum,
      constitution_status: 'loaded',
      constitution_signatures: [{ signer_id: 'test', signature, checksum }],
      version: 1,
    })
    await vi.waitFor(async () => {
      expect(await validate(inputFor('session.list'))).toEqual({
        allowed: false,
        explain: { allow: false, violations: ['article 1: Only admins list.'] },
        violations: ['article 1: Only admins list.'],
      })
    }, withinTwoSeconds)
    expect(await validate(inputFor('session.read'))).toMatchObject({ allowed: true, violations: [] })
    const signedDocument = await sign(constitution(2))
    expect((await ada.call('POST', '/constitution/load', signedDocument)).status).toBe(200)
    expect((await (await client('c10', 'bob')).call('POST', '/constitution/load', signedDocument)).status).toBe(403)
  })
})

describe('The actions of a rule', () => {
  it('are exactly the actions of routes, and the actions that Workers authorize themselves', () => {
    const used = new Set(Object.values(actions).flatMap((entry) => (entry === publicRoute ? [] : [entry.action])))
    const ofEachObject = [
      'session.share',
      'tool.approve',
      'attachment.delete',
      'persona.update',
      'admin.relations.read',
      'admin.relations.update',
    ] as const
    const onBehalfOfUsers = ['model.invoke', 'tool.execute'] as const
    for (const action of [...ofEachObject, ...onBehalfOfUsers]) used.add(action)
    const free = /^(platform|admin\.policy|admin\.constitution|constitution)\./
    expect([...restrictableActions].sort()).toEqual([...used].filter((action) => !free.test(action)).sort())
  })
})
