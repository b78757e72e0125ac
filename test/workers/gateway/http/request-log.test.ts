import { exports } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { logger as state } from '../../../../durable-objects/logger.ts'
import { logger } from '../../../../workers/gateway/logger.ts'
import { client } from '../client.ts'

let lines: Record<string, unknown>[] = []

beforeEach(() => {
  lines = []
  vi.spyOn(console, 'log').mockImplementation((line) => void lines.push(JSON.parse(line)))
  for (const log of [logger, state]) log.setLevel('info')
})
afterEach(() => {
  vi.restoreAllMocks()
  for (const log of [logger, state]) log.setLevel('warn')
})

describe('A request', () => {
  it('logs one line, and shares its id with the turn that it starts', async () => {
    const alice = await client('logs', 'alice')
    const sent = await alice.call('POST', '/v1/sessions/message', { message: 'a private matter' })
    const { session_id, turn_id } = (await sent.json()) as { session_id: string; turn_id: string }
    const request = sent.headers.get('x-request-id')
    const found = lines.filter((line) => line.request === request)
    expect(found).toMatchObject([
      { level: 'info', event: 'turn.accepted', service: 'state', tenant: 'logs', session: session_id, turn: turn_id },
      {
        level: 'info',
        event: 'request.ended',
        service: 'gateway',
        tenant: 'logs',
        method: 'POST',
        route: '/v1/sessions/message',
        status: 200,
      },
    ])
    expect(JSON.stringify(lines)).not.toContain('private')
  })

  it('is logged with the pattern of its route, never with its path', async () => {
    const alice = await client('logs', 'alice')
    await alice.call('GET', '/v1/sessions/secret-1/history?secret=2')
    await alice.call('GET', '/v1/secret-3')
    await exports.default.fetch('https://soma.test/v1/sessions/secret-4')
    expect(lines.map(({ route, status, tenant }) => [route, status, tenant])).toEqual([
      ['/v1/sessions/:session/history', 404, 'logs'],
      [undefined, 404, 'logs'],
      ['/v1/sessions/:session', 401, undefined],
    ])
    expect(JSON.stringify(lines)).not.toContain('secret')
  })

  it('of a health check logs no line at level info', async () => {
    await exports.default.fetch('https://soma.test/live')
    expect(lines).toEqual([])
  })
})
