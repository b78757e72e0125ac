/**
 * CPU time and memory of the worst request of every route, against its class in `cost-classes.ts`. Counts the CPU seconds of workerd, not the time
 * that passes, so a busy machine changes little. Linux only. `costs.long.test.ts` measures rows, audit bytes and objects.
 */
import { existsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { limits } from '../../shared/api/limits.ts'
import { memoryLimits } from '../../shared/api/memory.ts'
import { maxChanges } from '../../shared/relations/relations.ts'
import { backupScope } from '../../shared/session/backup.ts'
import type { Route } from '../../workers/gateway/policy/actions.ts'
import { costs } from '../../workers/gateway/policy/cost-classes.ts'
import { costOf } from '../../workers/gateway/policy/costs.ts'
import { type Stack, startStack } from '../support/stack.ts'
import { cpuMsOf, memoryOf, resetPeak, workersProcess } from '../support/workerd-process.ts'
import { bodies, missing, type Operation, operationsOf, pathOf } from './operations.ts'

/** A defect, such as quadratic cost, exceeds this multiple of a class. A slow machine and other work of workerd do not. */
const tolerance = 4
/** Memory for compiled code and for objects that are not collected yet. Bytes. */
const toleratedBytes = 96 * 1_048_576
/** CPU time that earlier requests cause later: garbage collection, and batches of the audit trail. Milliseconds. */
const toleratedMs = 1_000
/** workerd is idle after `idleSamples` samples in a row without CPU time. The timeout is for a busy machine. Milliseconds. */
const sampleMs = 50
const idleSamples = 3
const idleTimeoutMs = 5_000
const at = Date.UTC(2025, 0, 1)
/** A full page of the history is in each of both sessions. */
const itemUnits = 100_000

const supported = existsSync('/proc/self/clear_refs')

/** An export with `turns` turns of a question and an answer of `units` units. */
function file(turns: number, units: number): string {
  const events: object[] = [{ type: 'session.created' }]
  for (let turn = 0; turn < turns; turn += 1) {
    const turn_id = `turn-${turn}`
    const item_id = `answer-${turn}`
    events.push(
      { type: 'turn.accepted', turn_id, event_id: `event-${turn}`, position: 0 },
      { type: 'item.added', turn_id, item_id: `question-${turn}`, role: 'user', text: 'question' },
      { type: 'turn.started', turn_id },
      { type: 'item.opened', turn_id, item_id, role: 'assistant' },
      { type: 'item.closed', turn_id, item_id, text: 'x'.repeat(units) },
      { type: 'turn.ended', turn_id, outcome: 'completed' },
    )
  }
  return JSON.stringify({ version: 'soma-1', events: events.map((event, index) => ({ seq: index + 1, at, ...event })) })
}

/** The file with the most events, and a file with the most bytes. */
const largest = { events: { turns: 16_600, units: 20 }, bytes: { turns: 220, units: itemUnits } }

/** A memory of distinct words. All memories of a user fit into one request. */
const wordsOf = (n: number): string =>
  Array.from({ length: 250 }, (_, index) => `w${n}x${index}`)
    .join(' ')
    .slice(0, memoryUnits)
const memoryUnits = 2_250

/** A request with a body of the largest size, which the route refuses after it has read it. */
const padded = (body: unknown): string => {
  const start = JSON.stringify(body).slice(0, -1)
  const space = limits.bodyBytes - start.length - 20
  return `${start}${start === '{' ? '' : ','}"padding":[${'0,'.repeat(Math.floor(space / 2) - 1)}0]}`
}

/** The order of the requests: deletions come after the others, and what ends the caller's sign-ins comes last. */
const rank = ({ route }: Operation): number => (/sign-out|sign-ins|revoke|mfa/.test(route) ? 2 : route.startsWith('DELETE ') ? 1 : 0)

let stack: Stack
let pid: number
const headers = async (json: boolean, subject = 'ada') => ({
  authorization: `Bearer ${await stack.token('costs', subject, { scopes: `admin keys:manage sessions:read_all ${backupScope}` })}`,
  ...(json && { 'content-type': 'application/json' }),
})

interface Measured {
  readonly cpuMs: number
  readonly bytes: number
  readonly status: number
  readonly text: string
}

/** Whether workerd is idle since the last measured request. Each request that is not measured makes it false. */
let isIdle = false

/** A request that is not measured. */
async function fetchText(path: string): Promise<string> {
  isIdle = false
  return (await fetch(`${stack.url}${path}`, { headers: await headers(false) })).text()
}

/** Waits until workerd uses no CPU time. */
async function waitUntilIdle(): Promise<void> {
  if (isIdle) return
  let idle = 0
  for (let waitedMs = 0, last = -1; waitedMs < idleTimeoutMs && idle < idleSamples; waitedMs += sampleMs) {
    const now = cpuMsOf(pid)
    idle = now === last ? idle + 1 : 0
    last = now
    await sleep(sampleMs)
  }
  isIdle = idle >= idleSamples
}

async function measure(method: string, path: string, body: string | undefined, subject?: string): Promise<Measured> {
  const init = {
    method,
    headers: await headers(body !== undefined, subject),
    ...(body !== undefined && { body }),
    redirect: 'manual' as const,
  }
  await waitUntilIdle()
  resetPeak(pid)
  const before = { cpuMs: cpuMsOf(pid), bytes: memoryOf(pid).now }
  isIdle = false
  const response = await fetch(`${stack.url}${path}`, init)
  let text = ''
  let length = 0
  const decoder = new TextDecoder()
  for await (const piece of response.body ?? []) {
    length += piece.length
    if (length < 1_000_000) text += decoder.decode(piece, { stream: true })
  }
  await waitUntilIdle()
  return { cpuMs: cpuMsOf(pid) - before.cpuMs, bytes: memoryOf(pid).peak - before.bytes, status: response.status, text }
}

const measured = new Map<Route, Measured>()
/** Compares a request with the class of its route. */
async function check(route: string, method: string, path: string, body?: string, subject?: string): Promise<Measured> {
  const name = costOf[route as Route]
  expect([route, typeof name]).toEqual([route, 'string'])
  const seen = await measure(method, path, body, subject)
  const before = measured.get(route as Route)
  const cpuMs = Math.max(seen.cpuMs, before?.cpuMs ?? 0)
  measured.set(route as Route, { ...seen, cpuMs, bytes: Math.max(seen.bytes, before?.bytes ?? 0) })
  const { cpuMs: declaredMs, memoryBytes } = costs[name]
  // 503: the dependency is not configured.
  expect([route, seen.status, seen.status === 503 ? 0 : Math.floor(seen.status / 500)]).toEqual([route, seen.status, 0])
  expect([route, seen.cpuMs, seen.cpuMs <= tolerance * declaredMs + toleratedMs]).toEqual([route, seen.cpuMs, true])
  expect([route, seen.bytes, seen.bytes <= tolerance * memoryBytes + toleratedBytes]).toEqual([route, seen.bytes, true])
  return seen
}

describe.skipIf(!supported)('A request', { timeout: 450_000 }, () => {
  const sessions: { session: string; turn: string }[] = []

  beforeAll(async () => {
    stack = await startStack()
    const process = workersProcess(stack.state)
    if (process === undefined) throw new Error('the stack has no workerd')
    pid = process
    // Loads the code of the common paths, and creates the objects of the tenant.
    for (const path of ['/v1/sessions', '/v1/settings', '/v1/memories', '/v1/policy']) await fetchText(path)
  })
  afterAll(async () => {
    await stack?.stop()
    for (const [route, { cpuMs, bytes, status }] of measured)
      console.log(`${costOf[route]} | ${route}: ${cpuMs} ms of CPU, ${(bytes / 1e6).toFixed(0)} MB (${status})`)
  })

  it.each(Object.entries(largest))('22. that imports the most %s costs at most what its class declares', async (_, { turns, units }) => {
    const route = 'POST /v1/sessions/import'
    const { status, text } = await check(route, 'POST', '/v1/sessions/import', file(turns, units))
    expect([status, text.slice(0, 300)]).toEqual([200, expect.any(String)])
    sessions.push({ session: JSON.parse(text).ctxids[0], turn: `turn-${turns - 1}` })
  })

  it('22. that restores the largest session costs at most what its class declares', async () => {
    const route = 'POST /v1/admin/restore'
    const session = sessions[0]?.session ?? ''
    const snapshot = await fetchText(`/v1/admin/snapshot?tenant=costs&session=${session}`)
    const lines = snapshot.split('\n').filter((line) => line !== '')
    const renamed = lines.map((line) => JSON.parse(line.replaceAll(session, 'restored')) as object)
    const body = { tenant: 'costs', session: 'restored', backup: crypto.randomUUID(), lines: renamed }
    const text = JSON.stringify(body)
    expect(text.length).toBeGreaterThan(limits.importBytes / 2)
    expect(text.length).toBeLessThanOrEqual(limits.importBytes)
    const { status, text: answer } = await check(route, 'POST', '/v1/admin/restore', text)
    expect([status, answer]).toEqual([200, expect.stringContaining('restored')])
  })

  it('22. that restores the most memories, and one that deletes them, cost at most what their classes declare', async () => {
    const lines = [
      { type: 'object', kind: 'memory', tenant: 'costs', subject: 'grace', schema: 1 },
      { type: 'rows', table: 'meta', columns: ['schema', 'forgotten_at'], rows: [[1, 0]] },
      // As many rows in a line as a backup has.
      ...Array.from({ length: memoryLimits.memories / 80 }, (_, line) => ({
        type: 'rows',
        table: 'memory',
        columns: ['n', 'id', 'key', 'kind', 'text', 'created_at'],
        rows: Array.from({ length: 80 }, (_, row) => line * 80 + row).map((n) => [
          n + 1,
          crypto.randomUUID(),
          `key-${n}`,
          'fact',
          wordsOf(n),
          at,
        ]),
      })),
      { type: 'end', rows: { meta: 1, memory: memoryLimits.memories } },
    ]
    const body = { kind: 'memory', tenant: 'costs', subject: 'grace', backup: crypto.randomUUID(), lines }
    const text = JSON.stringify(body)
    expect(text.length).toBeGreaterThan(limits.importBytes * 0.8)
    const restored = await check('POST /v1/admin/object/restore', 'POST', '/v1/admin/object/restore', text)
    expect([restored.status, restored.text]).toEqual([200, expect.stringContaining('restored')])
    const erased = await check('DELETE /v1/memories', 'DELETE', '/v1/memories?confirm=everything', undefined, 'grace')
    expect([erased.status, erased.text]).toEqual([200, expect.any(String)])
  })

  it('22. that writes the most tuples costs at most what its class declares', async () => {
    const object = `session:${sessions[0]?.session}`
    const names = Array.from({ length: maxChanges }, (_, n) => `${'u'.repeat(200)}${n}`)
    for (const writes of [
      names.map((name) => ({ object, relation: 'viewer', user: `user:${name}` })),
      names.map((name) => ({ object: `group:${name}`, relation: 'member', user: 'user:ada' })),
    ]) {
      const { status, text } = await check('POST /v1/relations', 'POST', '/v1/relations', JSON.stringify({ writes }))
      expect([status, status === 200 ? '' : text]).toEqual([200, ''])
    }
  })

  it('22. of every route costs at most the CPU time and memory of its class', async () => {
    expect(sessions).toHaveLength(2)
    const all = await operationsOf(stack.url)
    isIdle = false
    expect(all.length).toBeGreaterThan(80)
    for (const operation of all.toSorted((one, other) => rank(one) - rank(other))) {
      const { route, method, path } = operation
      // The requests on a session read both of them.
      for (const { session, turn } of route.includes('{session}') || route.endsWith('/export') ? sessions : sessions.slice(0, 1)) {
        // The routes of users change another user: without its own account, every later request of the caller is 401.
        const names = { ...missing, session, turn, subject: 'ben' }
        const query = route.startsWith('GET /v1/admin/') ? `?tenant=costs&session=${session}&subject=ada&kind=settings` : ''
        const body = bodies[route]?.(names)
        const stop = { 'DELETE /v1/memories': '?confirm=everything' }[route] ?? query
        if (body !== undefined) await check(route, method, pathOf(path, names), padded(body))
        await check(route, method, pathOf(path, names) + stop, body === undefined ? undefined : JSON.stringify(body))
      }
    }
    expect([...measured.keys()].toSorted()).toEqual(
      Object.keys(costOf)
        .filter((route) => measured.has(route as Route))
        .toSorted(),
    )
  })
})
