/** A session longer than a page is read in pages, newest first, and none of its turns is lost. */
import { exports } from 'cloudflare:workers'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { Session } from '../../../../durable-objects/worker.ts'
import type { Branches } from '../../../../shared/api/branches.ts'
import { limits } from '../../../../shared/api/limits.ts'
import type { ImportedSessions } from '../../../../shared/api/transfer.ts'
import type { History } from '../../../../shared/api/turns.ts'
import type { Failure } from '../../../../shared/problem.ts'
import type { Result } from '../../../../shared/result.ts'
import { type Client, client, token } from '../client.ts'

afterEach(() => void vi.restoreAllMocks())

const at = Date.UTC(2025, 0, 1)

/** A session of `count` turns in a row. `padding` and `units` are the lengths of each question's second line and of each answer. */
async function importSession(alice: Client, count: number, padding: number, units: number): Promise<string> {
  const events: object[] = [{ seq: 1, at, type: 'session.created' }]
  const add = (event: object) => events.push({ seq: events.length + 1, at, ...event })
  for (let n = 0; n < count; n += 1) {
    const turn_id = `t${n}`
    add({ type: 'turn.accepted', turn_id, event_id: `e${n}`, position: 0 })
    add({ type: 'item.added', turn_id, item_id: `q${n}`, role: 'user', text: `question-${n}.\n${'y'.repeat(padding)}` })
    if (units > 0) {
      add({ type: 'turn.started', turn_id })
      add({ type: 'item.opened', turn_id, item_id: `a${n}`, role: 'assistant' })
      add({ type: 'item.closed', turn_id, item_id: `a${n}`, text: 'x'.repeat(units) })
    }
    add({ type: 'turn.ended', turn_id, outcome: units > 0 ? 'completed' : 'cancelled' })
  }
  const response = await alice.call('POST', '/v1/sessions/import', { version: 'soma-1', events })
  const { ctxids, conversations } = (await response.json()) as ImportedSessions
  expect(conversations?.flatMap(({ errors }) => errors)).toEqual([])
  return ctxids[0] ?? ''
}

/** Every page of `path`, newest first. */
async function pages<T extends { next_before?: string | null | undefined }>(alice: Client, path: string): Promise<T[]> {
  const allPages: T[] = []
  for (let before: string | null = null; allPages.length === 0 || before !== null; ) {
    const response = await alice.call('GET', before === null ? path : `${path}?before=${before}`)
    expect(response.status).toBe(200)
    const page = (await response.json()) as T
    allPages.push(page)
    before = page.next_before ?? null
  }
  return allPages
}

const turnIds = (count: number) => Array.from({ length: count }, (_, n) => `t${n}`)

describe('A session longer than a page', () => {
  for (const [name, count, padding, units] of [
    ['before a turn', 20, 0, limits.historyUnits / 8],
    ['inside a turn', 140, 31_000, 100],
  ] as const)
    it(`has its history in pages of a bounded size, when the limit is ${name}`, async () => {
      const alice = await client('long', `alice-${count}`)
      const path = `/v1/sessions/${await importSession(alice, count, padding, units)}/history`
      const history = await pages<History>(alice, path)
      expect(history.length).toBeGreaterThan(2)
      for (const { turns, tokens } of history) {
        const texts = turns.flatMap(({ items }) => items.map(({ text }) => text))
        expect(texts.join('').length).toBeLessThanOrEqual(limits.historyUnits)
        expect(tokens).toBeGreaterThan(0)
        for (const { items, outcome } of turns) expect([items.length, outcome]).toEqual([2, 'completed'])
      }
      expect(history.toReversed().flatMap(({ turns }) => turns.map(({ turn_id }) => turn_id))).toEqual(turnIds(count))
      const headers = { authorization: `Bearer ${await token('long', `alice-${count}`)}`, accept: 'text/markdown' }
      const markdown = await exports.default.fetch(new Request(`https://soma.test${path}`, { headers }))
      expect(markdown.headers.get('link')).toBe(`<${path}?before=${history[0]?.next_before}>; rel="next"`)
      expect(await markdown.text()).not.toContain('\nquestion-0.')
      expect((await alice.call('GET', `${path}?before=nothing`)).status).toBe(400)
    }, 60_000)

  it('has its branches in pages, and its file has every turn', async () => {
    const alice = await client('long', 'alice')
    const count = limits.pageTurns + 1
    const path = `/v1/sessions/${await importSession(alice, count, 0, 0)}`
    const branches = await pages<Branches>(alice, `${path}/branches`)
    expect(branches.map(({ turns }) => turns.length)).toEqual([limits.pageTurns, 1])
    expect(branches.toReversed().flatMap(({ turns }) => turns.map(({ turn_id }) => turn_id))).toEqual(turnIds(count))
    expect((await alice.call('GET', `${path}/branches?before=nothing`)).status).toBe(400)
    const history = await pages<History>(alice, `${path}/history`)
    expect(history.length).toBeGreaterThan(1)
    expect(history.toReversed().flatMap(({ turns }) => turns.map(({ turn_id }) => turn_id))).toEqual(turnIds(count))
    const file = await (await alice.call('GET', `${path}/export?format=markdown`)).text()
    for (const n of [0, 1, count - 1]) expect(file).toContain(`\nquestion-${n}.`)
  }, 60_000)

  it('is forked in pages: no call returns the whole branch', async () => {
    const alice = await client('long', 'alice-fork')
    const source = `/v1/sessions/${await importSession(alice, 140, 31_000, 100)}`
    const inOneCall = vi.spyOn(Session.prototype, 'branch')
    const calls = vi.spyOn(Session.prototype, 'events')
    const forked = await alice.call('POST', `${source}/fork`, { turn_id: 't120' })
    const { session_id } = (await forked.json()) as { session_id: string }
    expect(forked.status).toBe(200)
    expect(inOneCall).not.toHaveBeenCalled()
    expect(calls.mock.calls.length).toBeGreaterThan(3)
    const items = async (path: string) =>
      (await pages<History>(alice, `${path}/history`)).toReversed().flatMap(({ turns }) => turns.map((turn) => JSON.stringify(turn.items)))
    expect(await items(`/v1/sessions/${session_id}`)).toEqual((await items(source)).slice(0, 121))
    expect((await alice.call('POST', `${source}/fork`, { turn_id: 'nothing' })).status).toBe(404)
    expect((await (await client('long', 'mallory')).call('POST', `${source}/fork`, { turn_id: 't1' })).status).toBe(404)
  }, 60_000)
})

/** An object of a release without pages: it ignores `before`, returns every turn, and names no next page. */
function withoutPages<T>(read: Result<T & { next_before?: unknown }, Failure>): Result<T, Failure> {
  if (!read.ok) return read
  const { next_before: _, ...all } = read.value
  return { ok: true, value: all as T }
}

describe('A session object of an older release', () => {
  it.each(['history', 'branches'] as const)('has no pages of its %s before a turn, and everything else', async (name) => {
    const alice = await client('long', `alice-older-${name}`)
    const path = `/v1/sessions/${await importSession(alice, 3, 0, 10)}`
    const read = Session.prototype[name] as (this: Session, subject: string, before: null) => unknown
    vi.spyOn(Session.prototype, name).mockImplementation(function (this: Session, subject: string) {
      return withoutPages(read.call(this, subject, null) as never) as never
    })
    const first = await alice.call('GET', `${path}/${name}`)
    expect([first.status, ((await first.json()) as History).turns.length]).toEqual([200, 3])
    const before = await alice.call('GET', `${path}/${name}?before=t2`)
    expect([before.status, await before.json()]).toMatchObject([503, { detail: expect.stringContaining('new version') }])
    expect((await alice.call('POST', `${path}/fork`, { turn_id: 't1' })).status).toBe(200)
    expect((await alice.call('GET', `${path}/export?format=markdown`)).status).toBe(200)
  })
})
