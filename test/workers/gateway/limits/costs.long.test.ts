/**
 * The worst request of each class of routes, compared with `cost-classes.ts`: rows, bytes of the audit trail, and objects.
 * Counts, not times. The first requests of a tenant and of its users are not counted.
 */
import { listDurableObjectIds, runInDurableObject } from 'cloudflare:test'
import { env, exports } from 'cloudflare:workers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { tables } from '../../../../durable-objects/migrations.ts'
import { limits } from '../../../../shared/api/limits.ts'
import { engineLimits } from '../../../../shared/api/memory-engine.ts'
import { maxChanges } from '../../../../shared/relations/relations.ts'
import { actions } from '../../../../workers/gateway/policy/actions.ts'
import { type CostClass, costs, importRows } from '../../../../workers/gateway/policy/cost-classes.ts'
import { costOf } from '../../../../workers/gateway/policy/costs.ts'
import { type Client, client, token } from '../client.ts'

type Namespaces = Readonly<Record<string, DurableObjectNamespace>>

const kinds = [
  'SESSION',
  'HOME',
  'DIRECTORY',
  'TENANT',
  'ISSUER',
  'LIMITER',
  'AUDIT_TRAIL',
  'ACCOUNTS',
  'MEMORY',
  'RELATIONS',
  'ATTACHMENTS',
  'UPLOADS',
] as const
const trail = 'AUDIT_TRAIL'
/** Time until the batch of decisions is recorded. A later decision counts for the next request. Milliseconds. */
const settleMs = 400
const at = Date.UTC(2025, 0, 1)
/** The longest names. */
const subject = 's'.repeat(255)

/** The rows that each object has written since it was opened, and the bytes of audit entries. */
async function readCounters(): Promise<{ rows: Map<string, number>; auditBytes: number }> {
  const rows = new Map<string, number>()
  let auditBytes = 0
  for (const kind of kinds) {
    const namespace = (env as unknown as Namespaces)[kind]
    if (!namespace) throw new Error(`the gateway has no ${kind}`)
    for (const id of await listDurableObjectIds(namespace)) {
      const { changes, bytes } = await runInDurableObject(namespace.get(id), (_, { storage: { sql } }) => ({
        changes: Number(sql.exec('SELECT total_changes() AS changes').one().changes),
        bytes:
          kind === trail && tables(sql).includes('entry')
            ? Number(sql.exec('SELECT coalesce(sum(length(CAST(body AS BLOB))), 0) AS bytes FROM entry').one().bytes)
            : 0,
      }))
      rows.set(`${kind} ${id}`, changes)
      auditBytes += bytes
    }
  }
  return { rows, auditBytes }
}

interface Measured {
  readonly rows: number
  readonly auditBytes: number
  readonly objects: number
}

/** What `request` costs, after its decisions are recorded. */
async function costOfRequest(request: () => Promise<Response>): Promise<Measured & { readonly status: number; readonly text: string }> {
  const before = await readCounters()
  const response = await request()
  const text = await response.text()
  await new Promise((resolve) => setTimeout(resolve, settleMs))
  const after = await readCounters()
  const rows = [...after.rows].reduce((sum, [name, changes]) => {
    return name.startsWith(trail) ? sum : sum + Math.max(0, changes - (before.rows.get(name) ?? 0))
  }, 0)
  const objects = [...after.rows.keys()].filter((name) => !before.rows.has(name)).length
  return { rows, objects, auditBytes: after.auditBytes - before.auditBytes, status: response.status, text }
}

const file = (events: number, type = 'session.paused') => ({
  version: 'soma-1',
  events: [{ seq: 1, at, type: 'session.created' }, ...Array.from({ length: events - 1 }, (_, index) => ({ seq: index + 2, at, type }))],
})

/** As many files as one upload takes, each with the longest name. */
async function uploadFiles(): Promise<Response> {
  const form = new FormData()
  for (let index = 0; index < limits.uploadFiles; index++)
    form.append('files[]', new File([`file ${index}`], String(index).padStart(limits.fileNameUnits, 'n')))
  const headers = { authorization: `Bearer ${await token('costs', subject)}` }
  return exports.default.fetch(new Request('https://soma.test/v1/uploads', { method: 'POST', headers, body: form }))
}

/** Distinct words, of the length of the largest payload. */
const wordsOf = (n: number) =>
  Array.from({ length: 600 }, (_, index) => `w${n}x${index}`)
    .join(' ')
    .slice(0, engineLimits.payloadUnits - 20)

const longest = (name: string, count = maxChanges) => Array.from({ length: count }, (_, index) => String(index).padStart(200, name))

let member: Client
let admin: Client
/** A session with one ended turn. */
let session: string
const turn = 't'.repeat(64)
const measured = new Map<CostClass, Measured>()

beforeAll(async () => {
  member = await client('costs', subject)
  admin = await client('costs', 'ada', 'admin keys:manage')
})

let prepared: Promise<void> | undefined
/** Sends the first requests of the tenant. A counter writes rows a second later, so requests that must write nothing run earlier. */
const prepare = (): Promise<void> => {
  prepared ??= sendFirstRequests()
  return prepared
}

async function sendFirstRequests(): Promise<void> {
  for (const user of [member, admin])
    for (const path of ['/v1/sessions', '/v1/memories', '/v1/keys', '/v1/relations?object=session:x'])
      await (await user.call('GET', path)).text()
  await member.call('POST', '/v1/remember', { key: 'first', value: 'word' })
  const endedTurn = [
    { seq: 2, at, type: 'turn.accepted', turn_id: turn, event_id: 'e', position: 0 },
    { seq: 3, at, type: 'turn.ended', turn_id: turn, outcome: 'cancelled' },
  ]
  const imported = await member.call('POST', '/v1/sessions/import', { ...file(1), events: [...file(1).events, ...endedTurn] })
  session = ((await imported.json()) as { ctxids: string[] }).ctxids[0] ?? ''
}

/** Every class with its worst requests. `status`: the status of a request that did its work. */
const requests: readonly (readonly [CostClass, string, number, () => Promise<Response>])[] = [
  ['none', 'GET /v1/health', 200, () => member.call('GET', '/v1/health')],
  ['signIn', 'POST /v1/auth/tokens', 403, () => member.call('POST', '/v1/auth/tokens', {})],
  ['page', 'GET /v1/sessions/{session}', 404, () => member.call('GET', `/v1/sessions/${'m'.repeat(64)}`)],
  [
    'page',
    'POST /v1/relations/check',
    200,
    () => member.call('POST', '/v1/relations/check', { object: `session:${session}`, relation: 'viewer', user: `user:${subject}` }),
  ],
  ['branch', 'GET /v1/sessions/{session}/history', 200, () => member.call('GET', `/v1/sessions/${session}/history`)],
  ['stream', 'GET /v1/sessions/{session}/events', 200, () => member.call('GET', `/v1/sessions/${session}/events`)],
  [
    'change',
    'PATCH /v1/sessions/{session}',
    200,
    () => member.call('PATCH', `/v1/sessions/${session}`, { title: '€'.repeat(limits.titleUnits) }),
  ],
  ['change', 'POST /v1/remember', 200, () => member.call('POST', '/v1/remember', { key: 'k'.repeat(200), value: '€uro '.repeat(800) })],
  [
    'relations',
    'POST /v1/relations',
    200,
    () =>
      member.call('POST', '/v1/relations', {
        writes: longest('u').map((name) => ({ object: `session:${session}`, relation: 'viewer', user: `user:${name}` })),
      }),
  ],
  [
    'relations',
    'POST /v1/relations',
    200,
    () =>
      admin.call('POST', '/v1/relations', {
        writes: longest('g').map((name) => ({ object: `group:${name}`, relation: 'member', user: `user:${subject}` })),
      }),
  ],
  [
    'relations',
    'POST /v1/relations',
    400,
    () =>
      member.call('POST', '/v1/relations', {
        writes: longest('v').map((name) => ({ object: `session:${session}`, relation: 'viewer', user: `user:${name}` })),
        deletes: [{ object: `session:${session}`, relation: 'viewer', user: 'user:x' }],
      }),
  ],
  [
    'evaluation',
    'POST /v1/policy/explain',
    200,
    () => {
      const input = { principal: { id: subject, tenant: 'costs' }, action: 'session.read', resource: { tenant: 'costs', id: session } }
      return admin.call('POST', '/v1/policy/explain', { input })
    },
  ],
  [
    'evaluation',
    'POST /constitution/validate',
    200,
    () => admin.call('POST', '/constitution/validate', { input: { action: 'x'.repeat(250) } }),
  ],
  [
    'upload',
    'PUT /v1/settings',
    200,
    () => admin.call('PUT', '/v1/settings', { version: 0, limits: { message: { kind: 'fixed_window', limit: 150, window_seconds: 60 } } }),
  ],
  ['erasure', 'DELETE /v1/memories', 200, () => member.call('DELETE', '/v1/memories?confirm=everything')],
  ['memorySearch', 'POST /v1/memory/recall', 200, () => member.call('POST', '/v1/memory/recall', { query: 'word', hybrid: true })],
  [
    'memoryBulk',
    'POST /v1/memory/store_bulk',
    200,
    () =>
      member.call('POST', '/v1/memory/store_bulk', {
        items: Array.from({ length: engineLimits.bulk }, (_, n) => ({ coord: `${n}`, payload: { text: wordsOf(n) }, importance: n })),
      }),
  ],
  ['rotation', 'POST /v1/settings/data-key/rotate', 200, () => admin.call('POST', '/v1/settings/data-key/rotate', {})],
  ['fork', 'POST /v1/sessions/{session}/fork', 200, () => member.call('POST', `/v1/sessions/${session}/fork`, { turn_id: turn })],
  ['exportFile', 'GET /v1/audit/export', 200, () => admin.call('GET', '/v1/audit/export')],
  ['fileUpload', 'POST /v1/uploads', 200, uploadFiles],
  ['importFile', 'POST /v1/sessions/import', 200, () => member.call('POST', '/v1/sessions/import', { chats: Array(100).fill(file(3)) })],
  [
    'restoreFile',
    'POST /v1/admin/restore',
    403,
    () => admin.call('POST', '/v1/admin/restore', { tenant: 'costs', session: 'x', backup: crypto.randomUUID(), lines: [] }),
  ],
  [
    'invocation',
    'POST /v1/llm/invoke',
    200,
    () => member.call('POST', '/v1/llm/invoke', { messages: [{ role: 'user', content: '€'.repeat(200_000) }] }),
  ],
  // Last, because their turns continue to write.
  [
    'message',
    'POST /v1/sessions/message',
    200,
    () =>
      member.call('POST', '/v1/sessions/message', {
        session_id: 'n'.repeat(64),
        message: '€'.repeat(limits.messageUnits),
        event_id: 'e'.repeat(255),
        metadata: Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`key-${index}`, 'v'.repeat(100)])),
      }),
  ],
  [
    'message',
    'POST /v1/sessions/action',
    200,
    () => member.call('POST', '/v1/sessions/action', { session_id: session, action: 'summarize' }),
  ],
]

describe('A request', { timeout: 120_000 }, () => {
  it.each(requests)('22. of the class %s costs at most what is declared: %s', async (name, route, status, request) => {
    expect(costOf[route as keyof typeof costOf]).toBe(name)
    if (name !== 'none') await prepare()
    const { text, status: actualStatus, ...cost } = await costOfRequest(request)
    expect([actualStatus, actualStatus === status ? '' : text]).toEqual([status, ''])
    const before = measured.get(name) ?? { rows: 0, auditBytes: 0, objects: 0 }
    measured.set(name, {
      rows: Math.max(before.rows, cost.rows),
      auditBytes: Math.max(before.auditBytes, cost.auditBytes),
      objects: Math.max(before.objects, cost.objects),
    })
    const { rows, auditBytes, objects } = costs[name]
    expect(cost.rows).toBeLessThanOrEqual(rows)
    expect(cost.auditBytes).toBeLessThanOrEqual(auditBytes)
    expect(cost.objects).toBeLessThanOrEqual(objects)
  })

  it.each([
    ['many small events', file(20_000)],
    [
      'many titles',
      {
        ...file(1),
        events: [...file(1).events, ...Array.from({ length: 2_000 }, (_, n) => ({ seq: n + 2, at, type: 'session.titled', title: 'x' }))],
      },
    ],
  ])('22. that imports %s writes no more rows than its bytes allow', async (_, body) => {
    const bytes = JSON.stringify(body).length
    const { rows, status } = await costOfRequest(() => member.call('POST', '/v1/sessions/import', body))
    expect(status).toBe(200)
    expect(rows).toBeGreaterThan(1_000)
    expect(rows).toBeLessThanOrEqual(importRows(bytes, 1))
  })

  it('22. belongs to a measured class, for every route', () => {
    expect([...new Set(requests.map(([name]) => name))].sort()).toEqual(Object.keys(costs).sort())
    expect(Object.keys(costOf).sort()).toEqual(Object.keys(actions).sort())
  })

  afterAll(() => {
    for (const [name, { rows, auditBytes, objects }] of measured)
      console.log(`${name}: ${rows} rows, ${auditBytes} audit bytes, ${objects} objects`)
  })
})
