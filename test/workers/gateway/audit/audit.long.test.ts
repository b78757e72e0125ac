import { describe, expect, it, vi } from 'vitest'
import { AuditTrail } from '../../../../durable-objects/audit/audit-trail.ts'
import { type ChainHead, genesisHead, verifyLine } from '../../../../shared/audit/chain.ts'
import type { AuditDraft } from '../../../../shared/audit/entry.ts'
import { client, trails } from '../client.ts'

const draft = (n: number): AuditDraft => ({
  kind: 'decision',
  subject: `user-${n % 7}`,
  action: 'session.read',
  target: `session:s${n}`,
  outcome: n % 10 === 0 ? 'denied' : 'allowed',
  policy: { revision: 0, hash: 'h' },
  input: {
    principal: { id: `user-${n % 7}`, tenant: 'big', roles: ['member'], scopes: [] },
    action: 'session.read',
    resource: {},
    context: {},
  },
})

describe('An export of 100,000 entries', () => {
  const entries = 100_000

  it('is complete, in bounded pages that follow the pace of the reader', { timeout: 120_000 }, async () => {
    const trail = trails.getByName('big')
    for (let from = 0; from < entries; from += 1_000) await trail.record(Array.from({ length: 1_000 }, (_, n) => draft(from + n)))
    // Not a spy: it would keep every page in memory.
    const { lines } = AuditTrail.prototype
    let reads = 0
    AuditTrail.prototype.lines = function (...args) {
      reads += 1
      return lines.apply(this, args)
    }
    const { call } = await client('big', 'ada', 'admin')
    const exported = await call('GET', '/v1/audit/export')
    const reader = exported.body?.getReader()
    if (!reader) throw new Error('the export has no body')
    const decoder = new TextDecoder()
    let incompleteLine = ''
    let link: ChainHead = genesisHead
    let largest = 0
    let chunks = 0
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      chunks += 1
      largest = Math.max(largest, part.value.length)
      if (chunks === 2) {
        // While the reader pauses, the export reads at most one page ahead.
        const before = reads
        await new Promise((done) => setTimeout(done, 100))
        expect(reads - before).toBeLessThanOrEqual(1)
      }
      const lines = (incompleteLine + decoder.decode(part.value, { stream: true })).split('\n')
      incompleteLine = lines.pop() ?? ''
      for (const line of lines) {
        const next = verifyLine(link, line)
        if (typeof next === 'string') throw new Error(`${link.seq + 1} ${next}`)
        link = next
      }
    }
    expect(incompleteLine).toBe('')
    expect(link.seq).toBeGreaterThanOrEqual(entries)
    expect(largest).toBeLessThan(300_000)
    expect(chunks).toBeGreaterThan(100)
    AuditTrail.prototype.lines = lines
  })

  it('lists filtered pages, newest first', async () => {
    const { call } = await client('big', 'ada', 'admin')
    const seqs: number[] = []
    let before = ''
    for (let pages = 0; pages < 3; pages++) {
      const page = (await (await call('GET', `/v1/audit?outcome=denied&subject=user-3&limit=50${before}`)).json()) as {
        entries: { seq: number; subject: string; outcome: string }[]
        next_before: number
      }
      expect(page.entries.every(({ subject, outcome }) => subject === 'user-3' && outcome === 'denied')).toBe(true)
      seqs.push(...page.entries.map(({ seq }) => seq))
      before = `&before=${page.next_before}`
    }
    expect(seqs).toHaveLength(150)
    expect(seqs).toEqual([...new Set(seqs)].sort((a, b) => b - a))
  })
})

describe('A trail', () => {
  it('records and chains text with lone surrogates and NUL', async () => {
    const trail = trails.getByName('odd')
    await trail.record([{ ...draft(1), subject: 'a\ud800b', target: 'nul\0', detail: { '\udc00': '\ud800' } }])
    const { text } = await trail.lines(0, 10)
    expect(verifyLine(genesisHead, text.trimEnd())).toMatchObject({ seq: 1 })
  })

  it('holds no content of messages', async () => {
    const { call } = await client('words', 'ada', 'admin')
    await call('POST', '/v1/sessions/message', { session_id: 's', message: 'canary-9c1f', metadata: { canary: 'canary-9c1f' } })
    await vi.waitFor(async () => {
      const text = await (await call('GET', '/v1/audit/export')).text()
      expect(text).toContain('conversation.send')
      expect(text).not.toContain('canary')
    })
  })
})

describe('An unavailable trail', () => {
  it('refuses changes, and allows reads until the backlog is full', { timeout: 60_000 }, async () => {
    const admin = await client('dark', 'ada', 'admin')
    const member = { object: 'group:eng', relation: 'member', user: 'user:bob' }
    const { record } = AuditTrail.prototype
    AuditTrail.prototype.record = () => {
      throw new Error('away')
    }
    try {
      const refused = await admin.call('POST', '/v1/relations', { writes: [member] })
      expect([refused.status, await refused.json()]).toMatchObject([503, { type: '/problems/unavailable' }])
      expect((await admin.call('PUT', '/v1/users/bob', { role: 'admin' })).status).toBe(503)
      expect((await admin.call('GET', '/v1/sessions')).status).toBe(200)
      let highestStatus = 200
      for (let sent = 0; sent < 6_000 && highestStatus === 200; sent += 50) {
        const responses = await Promise.all(Array.from({ length: 50 }, () => admin.call('GET', '/v1/relations?object=group:eng')))
        highestStatus = Math.max(...responses.map(({ status }) => status))
      }
      expect(highestStatus).toBe(503)
    } finally {
      AuditTrail.prototype.record = record
    }
    await vi.waitFor(async () => expect((await admin.call('GET', '/v1/relations?object=group:eng')).status).toBe(200), { timeout: 15_000 })
    // No refused change was written, and the backlog was recorded.
    expect(await (await admin.call('GET', '/v1/relations?object=group:eng')).json()).toMatchObject({ tuples: [] })
    expect((await (await admin.call('GET', '/v1/users')).text()).includes('"bob"')).toBe(false)
    // Equal reads are listed once and counted.
    const recorded = async () =>
      (await trails.getByName('dark').page({}, Number.MAX_SAFE_INTEGER, 100))
        .map((line) => JSON.parse(line) as { detail?: { repeats?: { count: number } } })
        .reduce((sum, { detail }) => sum + (detail?.repeats?.count ?? 1), 0)
    await vi.waitFor(async () => expect(await recorded()).toBeGreaterThan(4_000), { timeout: 15_000 })
  })
})
