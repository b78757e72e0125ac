/** `/v1/memory/…` over HTTP: shapes, refusals, isolation and limits. */
import { beforeAll, describe, expect, it } from 'vitest'
import { engineLimits, type MemoryStats, type ScoredEntries } from '../../shared/api/memory-engine.ts'
import { type SharedStack, sharedStack } from '../support/shared-stack.ts'
import { type User, user } from '../support/user.ts'

let stack: SharedStack
let alice: User
beforeAll(async () => {
  stack = await sharedStack()
  alice = user(stack.url, await stack.token('memory-engine', 'alice'))
}, 150_000)

const post = async (path: string, body: unknown, caller = alice) => {
  const response = await caller.call('POST', `/v1/memory/${path}`, body)
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}
const get = async <T>(path: string, caller = alice) => (await (await caller.call('GET', `/v1/memory/${path}`)).json()) as T

describe('A memory with a coordinate', () => {
  it('is stored, recalled in every way, and deleted', async () => {
    const garden = { task: 'Water the tomatoes', place: 'greenhouse' }
    expect(await post('store', { coord: '1,2,3', payload: garden, type: 'episodic', importance: 2 })).toEqual({
      status: 200,
      body: { ok: true },
    })
    const items = [
      { coord: '4,5,6', payload: { fact: '東京に住む' }, type: 'semantic' },
      { coord: '7,8,9', payload: { fact: 'The boat is red' }, type: 'semantic' },
    ]
    expect(await post('store_bulk', { items })).toEqual({ status: 200, body: { stored: 2 } })
    const query = 'Water the tomatoes\ngreenhouse'
    expect((await post('recall', { query, top_k: 1 })).body).toEqual({ matches: [garden] })
    expect(await get(`recall?query=tomatoes&top_k=1&hybrid=true`)).toEqual({ matches: [garden] })
    expect((await post('recall_batch', { queries: [query, 'The boat is red'], top_k: 1 })).body).toEqual({
      batches: [[garden], [{ fact: 'The boat is red' }]],
    })
    const { results } = (await post('recall_with_scores', { query })).body as unknown as ScoredEntries
    expect(results[0]).toMatchObject({ coord: '1,2,3', type: 'episodic', payload: garden })
    expect(Object.values(results[0]?.parts ?? {}).reduce((sum, part) => sum + part, 0)).toBeCloseTo(results[0]?.score ?? -1, 9)
    const hybrid = (await post('hybrid_recall_with_scores', { query: 'x', terms: ['東京'] })).body as unknown as ScoredEntries
    expect(hybrid.results[0]?.coord).toBe('4,5,6')
    expect((await post('keyword_search', { term: 'BOAT' })).body).toEqual({ matches: [{ fact: 'The boat is red' }] })
    expect((await post('keyword_search', { term: 'BOAT', case_sensitive: true })).body).toEqual({ matches: [] })
    expect((await post('recall_with_context', { query: 'what now?', context: { at: 'greenhouse' }, top_k: 1 })).body).toEqual({
      matches: [garden],
    })
    expect((await post('recall', { query, type: 'semantic', filters: { fact: 'The boat is red' } })).body).toEqual({
      matches: [{ fact: 'The boat is red' }],
    })
    expect(await get('range?min=0,0,0&max=5,5,6')).toEqual({ coords: ['1,2,3', '4,5,6'] })
    expect(await get<MemoryStats>('stats')).toEqual({
      total_memories: 3,
      episodic: 1,
      semantic: 2,
      vector_count: 3,
      namespaces: ['user:alice'],
      vector_collections: [{ dimension: 768, model_revision: 'blake2b-512', vectors: 3 }],
    })
    expect((await post('delete_many', { coords: ['1,2,3', '9,9,9'] })).body).toEqual({ deleted: 1 })
    expect((await post('recall', { query: 'tomatoes', hybrid: true, top_k: 1 })).body).not.toEqual({ matches: [garden] })
  })

  it('belongs to its user alone', async () => {
    await post('store', { coord: '0', payload: { fact: 'of alice' } })
    for (const [tenant, subject] of [
      ['memory-engine', 'bob'],
      ['memory-engine-2', 'alice'],
    ] as const) {
      const other = user(stack.url, await stack.token(tenant, subject, { scopes: 'admin' }))
      expect((await post('recall', { query: 'of alice', hybrid: true }, other)).body).toEqual({ matches: [] })
      expect((await post('delete_many', { coords: ['0'] }, other)).body).toEqual({ deleted: 0 })
      expect(await get('range?min=0&max=0', other)).toEqual({ coords: [] })
    }
    expect(await get('range?min=0&max=0')).toEqual({ coords: ['0'] })
  })

  it('is read by its coordinate, linked, exported, imported and deleted', async () => {
    const frank = user(stack.url, await stack.token('memory-engine', 'frank'))
    const grace = user(stack.url, await stack.token('memory-engine', 'grace'))
    const items = ['1,1', '2,2', '3,3'].map((coord, importance) => ({ coord, payload: { text: `at ${coord}` }, importance }))
    expect((await post('store_bulk', { items }, frank)).status).toBe(200)
    expect(await get('memories/3.0,3', frank)).toEqual({
      coord: '3,3',
      type: 'episodic',
      payload: { text: 'at 3,3' },
      importance: 2,
      importance_norm: 1,
      created_at: expect.any(Number),
    })
    for (const [from_coord, to_coord, weight] of [
      ['1,1', '2,2', 1],
      ['2,2', '3,3', 1.5],
      ['1,1', '3,3', 9],
    ])
      expect(await post('link', { from_coord, to_coord, weight }, frank)).toEqual({ status: 200, body: { ok: true } })
    expect(await get('neighbors?coord=1,1&limit=1', frank)).toEqual({ neighbors: [['2,2', { type: 'related', weight: 1 }]] })
    expect(await get('shortest_path?frm=1,1&to=3,3', frank)).toEqual({ path: ['1,1', '2,2', '3,3'] })
    expect(await get('shortest_path?frm=3,3&to=1,1', frank)).toEqual({ path: [] })
    const exported = await (await frank.call('GET', '/v1/memory/export')).text()
    const lines = exported
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown)
    expect((await post('import', { lines }, grace)).body).toEqual({ memories: 3, links: 3 })
    expect(await (await grace.call('GET', '/v1/memory/export')).text()).toBe(exported)
    // Without `replace`, a header belongs to an empty memory.
    expect((await post('import', { lines }, grace)).status).toBe(400)
    expect((await post('import', { lines, replace: true }, grace)).status).toBe(200)
    expect((await post('unlink', { from_coord: '1,1', to_coord: '2,2' }, grace)).status).toBe(200)
    expect((await post('unlink', { from_coord: '1,1', to_coord: '2,2' }, grace)).status).toBe(404)
    expect(await get('shortest_path?frm=1,1&to=3,3', grace)).toEqual({ path: ['1,1', '3,3'] })
    const pruned = await post('prune', { max_memories: 2 }, grace)
    expect(pruned.body).toEqual({
      dry_run: true,
      remaining: 0,
      steps: [{ action: 'delete', coord: '1,1', reason: expect.stringMatching(/limit of 2/) }],
    })
    expect((await get<MemoryStats>('stats', grace)).total_memories).toBe(3)
    const remove = () => grace.call('DELETE', '/v1/memory/memories/1,1')
    expect([(await remove()).status, (await remove()).status]).toEqual([204, 404])
    expect((await grace.call('GET', '/v1/memory/memories/1,1')).status).toBe(404)
  })

  it('is deleted with all memories', async () => {
    const carol = user(stack.url, await stack.token('memory-engine', 'carol'))
    await post('store', { coord: '1', payload: { fact: 'short-lived' } }, carol)
    expect(await (await carol.call('DELETE', '/v1/memories?confirm=everything')).json()).toEqual({ forgotten: 1 })
    expect((await get<MemoryStats>('stats', carol)).total_memories).toBe(0)
  })
})

describe('A wrong request', () => {
  const valid = { coord: '1,1', payload: { text: 'x' } }
  it.each([
    ['coordinates', { ...valid, coord: 'here' }, '/coord', /decimal numbers/],
    ['a number that is not finite', { ...valid, payload: { n: 'BIG' } }, '/payload', /finite/],
    ['an importance that is not finite', { ...valid, importance: 'BIG' }, '/importance', /./],
    ['a vector with a number too large', { ...valid, embedding: [1, 'BIG'] }, '/embedding/1', /./],
    ['a vector of zeros', { ...valid, embedding: [0, 0] }, '/embedding', /direction/],
    ['a vector beside texts', { ...valid, embedding: [1, 2] }, '/embedding', /left out/],
    ['a payload too long', { ...valid, payload: { text: 'x'.repeat(engineLimits.payloadUnits) } }, '/payload', /4000/],
    ['an unknown type', { ...valid, type: 'other' }, '/type', /./],
    ['a namespace', { ...valid, namespace: 'user:bob' }, '/namespace', /not a known field/],
  ])('with %s is refused with a sentence, and stores nothing', async (_, body, pointer, detail) => {
    const dora = user(stack.url, await stack.token('memory-engine', 'dora'))
    await post('store', { coord: '0', payload: { text: 'first' } }, dora)
    const text = JSON.stringify(body).replaceAll('"BIG"', '1e999')
    const response = await fetch(`${stack.url}/v1/memory/store`, {
      method: 'POST',
      headers: { authorization: `Bearer ${await stack.token('memory-engine', 'dora')}`, 'content-type': 'application/json' },
      body: text,
    })
    const { errors } = (await response.json()) as { errors: { pointer: string; detail: string }[] }
    expect([response.status, errors[0]]).toEqual([400, { pointer, detail: expect.stringMatching(detail) }])
    expect((await get<MemoryStats>('stats', dora)).total_memories).toBe(1)
  })

  it.each([
    ['a link from an unknown memory', 'POST', 'link', { from_coord: '9', to_coord: '1' }, 404],
    ['a link to an unknown memory', 'POST', 'link', { from_coord: '1', to_coord: '9' }, 404],
    ['a negative weight', 'POST', 'link', { from_coord: '1', to_coord: '1', weight: -1 }, 400],
    ['a weight of zero', 'POST', 'link', { from_coord: '1', to_coord: '1', weight: 0 }, 400],
    ['neighbours of an unknown memory', 'GET', 'neighbors?coord=9', undefined, 404],
    ['a path from an unknown memory', 'GET', 'shortest_path?frm=9&to=1', undefined, 404],
    ['a path to an unknown memory', 'GET', 'shortest_path?frm=1&to=9', undefined, 404],
    ['a prune without rules', 'POST', 'prune', {}, 400],
    ['a line that is no export', 'POST', 'import', { lines: [{ kind: 'other' }] }, 400],
  ])('with %s is refused', async (_, method, path, body, status) => {
    const hugo = user(stack.url, await stack.token('memory-engine', 'hugo'))
    expect((await post('store', { coord: '1', payload: { text: 'one' } }, hugo)).status).toBe(200)
    const response = await hugo.call(method, `/v1/memory/${path}`, body)
    expect([response.status, ((await response.json()) as { type: string }).type]).toEqual([
      status,
      `/problems/${status === 404 ? 'not_found' : 'invalid'}`,
    ])
  })

  it('of more than 5 MB is refused', async () => {
    const response = await alice.call('POST', '/v1/memory/store', { ...valid, payload: { text: 'x'.repeat(5_000_000) } })
    expect(response.status).toBe(413)
  })

  it('with corners of different lengths is refused', async () => {
    const response = await alice.call('GET', '/v1/memory/range?min=1,1&max=2')
    expect([response.status, await response.json()]).toMatchObject([400, { errors: [{ pointer: 'query/max' }] }])
  })
})

describe('Bulk writes', () => {
  it('count as many memories as they store', async () => {
    const eve = user(stack.url, await stack.token('memory-engine', 'eve'))
    const bulk = (from: number) => ({ items: Array.from({ length: 100 }, (_, n) => ({ coord: `${from + n}`, payload: { n } })) })
    expect((await post('store_bulk', bulk(0), eve)).status).toBe(200)
    expect((await post('store_bulk', bulk(100), eve)).status).toBe(200)
    expect((await post('store', { coord: '200', payload: {} }, eve)).status).toBe(429)
    expect((await get<MemoryStats>('stats', eve)).total_memories).toBe(200)
  })
})
