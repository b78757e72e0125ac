import { exports } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Problem } from '../../../../shared/problem.ts'
import { type Client, client } from '../client.ts'
import { type DescribedRoute, type Document, describedRoutes, document, fillPath, type JsonSchema } from './gateway-with.ts'

let routes: DescribedRoute[]
let api: Document
let operator: Client
let session: string

beforeAll(async () => {
  api = await document()
  routes = await describedRoutes()
  operator = await client('unknown', 'operator', 'admin platform.backup platform.issuer backup issuer')
  const sent = await operator.call('POST', '/v1/sessions/message', { message: 'Hello' })
  session = ((await sent.json()) as { session_id: string }).session_id
})

/** Routes with a query that the identity provider or a probe writes. */
const openPaths = new Set(['/v1/auth/oidc/callback', '/v1/auth/mcp/callback', '/v1/mcp-sign-ins/finish', '/v1/health', '/ready'])
/** The path with this test's session and rule. */
const pathOf = (path: string) => fillPath(path.replace('{session}', session).replace('{rule}', 'allow'))

const errorsOf = async (response: Response): Promise<[number, string, string | undefined][]> => {
  const problem = (await response.json()) as Problem & { readonly error?: { readonly message: string } }
  // A face says the same in a sentence per field.
  const sentences = problem.error?.message?.replace(/\.$/, '').split('. ') ?? []
  if (sentences.length > 0)
    return sentences.map((sentence) => [
      response.status,
      sentence.slice(0, sentence.indexOf(' ')),
      sentence.slice(sentence.indexOf(' ') + 1),
    ])
  return (problem.errors ?? []).map(({ pointer, detail }) => [response.status, pointer, detail])
}

/** The schema behind a reference. */
const resolved = (schema: JsonSchema): JsonSchema => {
  const reference = schema.$ref as string | undefined
  return reference === undefined ? schema : (api.components.schemas[reference.split('/').at(-1) ?? ''] ?? {})
}

/** Every object schema in `schema`, with its JSON pointer. */
function* objectsIn(schema: JsonSchema, pointer: string): Generator<{ pointer: string; schema: JsonSchema }> {
  const objectSchema = resolved(schema)
  if (objectSchema.properties !== undefined) yield { pointer, schema: objectSchema }
  for (const [name, part] of Object.entries((objectSchema.properties ?? {}) as Record<string, JsonSchema>))
    yield* objectsIn(part, `${pointer}/${name}`)
  if (typeof objectSchema.items === 'object') yield* objectsIn(objectSchema.items as JsonSchema, `${pointer}/0`)
  if (typeof objectSchema.additionalProperties === 'object')
    yield* objectsIn(objectSchema.additionalProperties as JsonSchema, `${pointer}/*`)
  for (const group of ['anyOf', 'oneOf', 'allOf'])
    for (const part of (objectSchema[group] ?? []) as JsonSchema[]) yield* objectsIn(part, pointer)
}

/** Routes with lines of stored objects. The objects check the fields of the lines. */
const restorePaths = new Set(['/v1/admin/restore', '/v1/admin/object/restore'])
/** A document with its signature beside its own fields. */
const openObjects = new Set(['POST /constitution/load '])
/** A map with a fixed set of keys. Its schema cannot state that it is closed. Other keys are refused. */
const fixedMaps = new Set(['PUT /v1/settings /features'])

describe('Every described route', () => {
  it('refuses an unknown query parameter by name', async () => {
    for (const { method, path } of routes.filter(({ path }) => !openPaths.has(path))) {
      const response = await operator.call(method, `${pathOf(path)}?zzz=1`, method === 'GET' || method === 'DELETE' ? undefined : {})
      // A route may refuse for another reason, such as a missing right or a missing field. It never accepts the parameter.
      expect([method, path, response.status >= 400], await response.clone().text()).toEqual([method, path, true])
      if (response.status === 400) expect(await errorsOf(response)).toContainEqual([400, 'query/zzz', 'is not a known field'])
    }
  })

  it('refuses an unknown field of its body by name, with a body or without one', async () => {
    let refused = 0
    for (const { method, path } of routes.filter(({ method }) => method !== 'GET')) {
      // An import is a file, or a list of files with fields of its own.
      const response = await operator.call(method, pathOf(path), { zzz: 1, ...(path.endsWith('/import') && { chats: ['x'] }) })
      if (`${method} ${path} ` === 'POST /constitution/load ') continue
      expect([method, path, response.status >= 400], await response.clone().text()).toEqual([method, path, true])
      if (response.status !== 400) continue
      refused += 1
      expect([path, ...(await errorsOf(response))]).toContainEqual([400, '/zzz', 'is not a known field'])
    }
    expect(refused).toBeGreaterThan(25)
  })

  it('describes each object of its body as closed, nested ones too', () => {
    let closed = 0
    for (const { method, path, operation } of routes)
      for (const { schema } of Object.values(operation.requestBody?.content ?? {}))
        for (const { pointer, schema: object } of objectsIn(schema, '')) {
          if (fixedMaps.has(`${method} ${path} ${pointer}`)) continue
          if (openObjects.has(`${method} ${path} ${pointer}`) || (restorePaths.has(path) && pointer.startsWith('/lines'))) continue
          expect([method, path, pointer, object.additionalProperties]).toEqual([method, path, pointer, false])
          closed += 1
        }
    expect(closed).toBeGreaterThan(40)
  })
})

describe('An unknown field', () => {
  it.each([
    [{ message: 'x', sessionId: 'a' }, '/sessionId', 'session_id'],
    [{ message: 'x', 'session-id': 'a' }, '/session-id', 'session_id'],
    [{ message: 'x', SESSION_ID: 'a' }, '/SESSION_ID', 'session_id'],
    [{ message: 'x', sesion_id: 'a' }, '/sesion_id', 'session_id'],
    [{ messages: 'x' }, '/messages', 'message'],
    [{ mesage: 'x' }, '/mesage', 'message'],
    [{ message: 'x', metaData: {} }, '/metaData', 'metadata'],
    [{ message: 'x', onConflict: 'queue' }, '/onConflict', 'on_conflict'],
  ])('%j: the answer names it and suggests a known one', async (body, pointer, suggestion) => {
    const errors = await errorsOf(await operator.call('POST', '/v1/sessions/message', body))
    expect(errors).toContainEqual([400, pointer, `is not a known field; did you mean \`${suggestion}\`?`])
    if (!('message' in body)) expect(errors).toContainEqual([400, '/message', 'is required'])
  })

  it('that is near nothing has no suggestion', async () => {
    const response = await operator.call('POST', '/v1/sessions/message', { message: 'x', temperature: 1 })
    expect(await errorsOf(response)).toEqual([[400, '/temperature', 'is not a known field']])
  })

  it('creates nothing', async () => {
    const list = async () => await (await operator.call('GET', '/v1/sessions')).text()
    const before = await list()
    expect((await operator.call('POST', '/v1/sessions/message', { message: 'x', sessionId: 'typo' })).status).toBe(400)
    expect(await list()).toBe(before)
  })

  it.each([
    [
      'POST',
      '/v1/relations/check',
      { object: 'session:a', relation: 'viewer', user: 'user:b', contextual_tuples: [] },
      '/contextual_tuples',
      '',
    ],
    [
      'POST',
      '/v1/relations',
      { writes: [{ object: 'session:a', relation: 'viewer', user: 'user:b', condition: {} }] },
      '/writes/0/condition',
      '',
    ],
    [
      'PUT',
      '/v1/settings',
      { version: 0, limits: { read: { kind: 'fixed_window', limit: 1, windowSeconds: 1 } } },
      '/limits/read/windowSeconds',
      'window_seconds',
    ],
    ['PUT', '/v1/settings', { version: 0, features: { tols: 'on' } }, '/features/tols', 'tools'],
    ['PUT', '/v1/settings/models/main', { profile: { provider: 'builtin', maxTokens: 1 } }, '/profile/maxTokens', 'max_tokens'],
  ])('%s %s: nested ones are refused as well', async (method, path, body, pointer, suggestion) => {
    const detail = suggestion === '' ? 'is not a known field' : `is not a known field; did you mean \`${suggestion}\`?`
    expect(await errorsOf(await operator.call(method, path, body))).toContainEqual([400, pointer, detail])
  })

  it('has a bounded response, for any number and length of fields', async () => {
    const manyFields = Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`${n}${'x'.repeat(1_000)}`, 1]))
    const text = await (await operator.call('POST', '/v1/sessions/message', { message: 'x', ...manyFields })).text()
    expect(JSON.parse(text).errors).toHaveLength(20)
    expect(text.length).toBeLessThan(10_000)
  })

  it('of the query has a suggestion too', async () => {
    expect(await errorsOf(await operator.call('GET', '/v1/sessions?limt=5'))).toEqual([
      [400, 'query/limt', 'is not a known field; did you mean `limit`?'],
    ])
  })
})

describe("The client's own fields", () => {
  it('stay open: metadata, kwargs, the input of a policy question', async () => {
    expect((await operator.call('POST', '/v1/sessions/message', { message: 'x', metadata: { sessionId: 'a' } })).status).toBe(200)
    const profile = { provider: 'builtin', kwargs: { anything: 1, nested: { of: 'theirs' } } }
    expect((await operator.call('PUT', '/v1/settings/models/open', { profile })).status).toBe(200)
    expect((await operator.call('POST', '/v1/data/soma/policy/allow', { input: { anything: { of: 'theirs' } } })).status).toBe(200)
  })

  it('of a probe stay open', async () => {
    for (const path of ['/live', '/v1/health', '/ready'])
      expect((await exports.default.fetch(`https://soma.test${path}?cache=1`)).status).toBe(200)
  })

  it("may name the caller's tenant, in the query and in the body", async () => {
    expect((await operator.call('GET', '/v1/sessions?tenant=unknown&limit=5')).status).toBe(200)
    expect((await operator.call('POST', '/v1/sessions/message', { message: 'x', tenant_id: 'unknown' })).status).toBe(200)
    expect((await operator.call('POST', '/v1/sessions/message', { message: 'x', tenant_id: 'other' })).status).toBe(403)
  })
})

describe('A value of the wrong type', () => {
  it.each([
    ['/v1/sessions/import', { chats: 'x'.repeat(200) }, '/chats', 'must be a list of files, each as an object or as its text'],
    [
      '/v1/sessions/import',
      { chats: { version: 'soma-1', events: [] } },
      '/chats',
      'must be a list of files, each as an object or as its text',
    ],
    ['/v1/sessions/message', { message: Array(40_000).fill('x') }, '/message', 'Invalid input: expected string, received array'],
    ['/v1/sessions/message', { message: [] }, '/message', 'Invalid input: expected string, received array'],
  ])('%s: is named once, without its length', async (path, body, pointer, detail) => {
    expect(await errorsOf(await operator.call('POST', path, body))).toEqual([[400, pointer, detail]])
  })

  it('leaves the lengths of other fields', async () => {
    const errors = await errorsOf(await operator.call('POST', '/v1/sessions/message', { message: '', session_id: 5 }))
    expect(errors.map(([, pointer]) => pointer).toSorted()).toEqual(['/message', '/session_id'])
  })
})

describe('A version', () => {
  const persona = '/v1/personas/00000000-0000-4000-8000-000000000000'

  it.each([null, '1', 1.5, true, [], {}])('of another type says where to read it: %j', async (version) => {
    for (const [path, body, read] of [
      ['/v1/settings', { chat: {} }, 'GET /v1/settings'],
      ['/v1/settings/models/main', { profile: { provider: 'builtin' } }, 'GET /v1/settings'],
      [persona, { name: 'x' }, 'GET /v1/personas/{persona}'],
    ] as const)
      expect([path, ...(await errorsOf(await operator.call('PUT', path, { ...body, version })))]).toEqual([
        path,
        [400, '/version', `must be the current version as a whole number: \`${read}\` returns it`],
      ])
  })

  it('that a persona lacks says so, too', async () => {
    expect(await errorsOf(await operator.call('PUT', persona, { name: 'x' }))).toEqual([
      [400, '/version', 'is required: `GET /v1/personas/{persona}` returns the current one'],
    ])
  })
})

describe('PUT /v1/settings', () => {
  it('without a version says where to read it', async () => {
    expect(await errorsOf(await operator.call('PUT', '/v1/settings', { chat: {} }))).toEqual([
      [400, '/version', 'is required: `GET /v1/settings` returns the current one'],
    ])
  })
})
