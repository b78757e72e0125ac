import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it, vi } from 'vitest'
import { AuditTrail } from '../../../durable-objects/audit/audit-trail.ts'
import { SubjectUsage } from '../../../durable-objects/audit/subject-usage.ts'
import { ChainVerifier } from '../../../shared/audit/chain.ts'
import type { AuditDraft, ChainedEntry } from '../../../shared/audit/entry.ts'
import { subjectBytesPerDay } from '../../../shared/audit/repeat.ts'
import { auditAlarmsName } from '../../../shared/ids.ts'

const bindings = env as unknown as StateEnv
const trails = bindings.AUDIT_TRAIL as unknown as DurableObjectNamespace<AuditTrail>
type Trail = ReturnType<typeof trails.getByName>

const read: AuditDraft = { kind: 'decision', subject: 'bob', action: 'session.read', target: 'session:s', outcome: 'allowed' }
const change: AuditDraft = { kind: 'change', subject: 'bob', action: 'relation.write', target: 'session:s', outcome: 'done' }

const linesOf = async (trail: Trail) => (await trail.lines(0, 1_000)).text.trimEnd().split('\n')
const entriesOf = async (trail: Trail) => (await linesOf(trail)).map((line) => JSON.parse(line) as ChainedEntry)
const lengthOf = async (trail: Trail) => (await trail.head()).seq

function verifyChain(lines: readonly string[]) {
  const chain = new ChainVerifier()
  for (const line of lines) {
    const error = chain.next(line)
    if (error !== null) return error
  }
  return chain.end() ?? chain.head.seq
}

/** Makes `subject` use its whole quota of today. */
async function exhaustBudget(trail: Trail, subject: string) {
  await runInDurableObject(trail, (_, { storage: { sql } }) => {
    new SubjectUsage(sql).add(new Map([[subject, subjectBytesPerDay]]), Date.now())
  })
  // The object keeps the bytes of the day in memory.
  await evictDurableObject(trail)
}

describe('H2: an audit trail', () => {
  it('bounds each entry, for any input', async () => {
    const trail = trails.getByName('bounded')
    const names = Array.from({ length: 200 }, (_, n) => `${n}`.repeat(450))
    for (const part of [
      { detail: { names } },
      { input: { names } },
      { reasons: names },
      { target: names.join() },
      { outcome: names.join() },
    ])
      await trail.record([{ ...change, ...part }])
    const lines = await linesOf(trail)
    expect(lines.map((line) => line.length < 9_000)).toEqual(Array(5).fill(true))
    expect(verifyChain(lines)).toBe(5)
  })

  it('lists equal decisions of a minute once, and counts the others', async () => {
    const trail = trails.getByName('repeats')
    for (let round = 0; round < 5; round++)
      await trail.record(Array.from({ length: 20 }, (_, n) => ({ ...read, request_id: `${round}-${n}` })))
    await trail.record([{ ...read, subject: 'carol' }])
    for (const request_id of ['a', 'b']) await trail.record([{ ...read, outcome: 'denied', reasons: ['not_permitted'], request_id }])
    expect(await lengthOf(trail)).toBe(4)
    const entries = await entriesOf(trail)
    expect(entries.map(({ subject, outcome, detail }) => [subject, outcome, detail])).toEqual([
      ['bob', 'allowed', undefined],
      ['carol', 'allowed', undefined],
      ['bob', 'denied', undefined],
      ['bob', 'denied', undefined],
      ['bob', 'allowed', { repeats: { of: 1, count: 99, until: expect.any(Number) } }],
    ])
    expect(verifyChain(await linesOf(trail))).toBe(5)
  })

  it('does not lose a count when its object stops', async () => {
    const trail = trails.getByName('stopped')
    await trail.record([read, read, read])
    await evictDurableObject(trail)
    await trail.record([read])
    expect((await entriesOf(trail)).map(({ detail }) => (detail?.repeats as { count: number } | undefined)?.count ?? 1)).toEqual([1, 1, 2])
  })

  it('records a count when its minute is over', async () => {
    const trail = trails.getByName('minute')
    await trail.record([read, read])
    await runInDurableObject(trail, async (instance, { storage: { sql } }) => {
      sql.exec('UPDATE repeated SET ends = 1')
      await instance.alarm()
    })
    expect(await lengthOf(trail)).toBe(2)
  })

  it('lists every change', async () => {
    const trail = trails.getByName('changes')
    await trail.record([change, change, { ...read, action: 'session.delete' }, { ...read, action: 'session.delete' }])
    expect(await lengthOf(trail)).toBe(4)
  })

  it('summarises decisions of a subject over its quota, and refuses its changes', async () => {
    const trail = trails.getByName('quota')
    await trail.record([read, { ...read, subject: 'carol' }])
    await exhaustBudget(trail, 'bob')
    for (let n = 0; n < 50; n++) await trail.record([{ ...read, target: `session:${n}`, input: { n } }])
    expect(await lengthOf(trail)).toBe(3)
    await runInDurableObject(trail, (instance) => {
      expect(() => instance.record([{ ...read, action: 'settings.update' }], true)).toThrow('as much as one subject may')
    })
    await trail.record([{ ...read, subject: 'carol', action: 'settings.update' }], true)
    await trail.record([change])
    const entries = await entriesOf(trail)
    expect(entries.map(({ subject, target, detail }) => [subject, target, detail])).toEqual([
      ['bob', 'session:s', undefined],
      ['carol', 'session:s', undefined],
      ['bob', '', { over_quota: true }],
      ['carol', 'session:s', undefined],
      ['bob', 'session:s', undefined],
      ['bob', '', { over_quota: true, repeats: { of: 3, count: 49, until: expect.any(Number) } }],
    ])
  })

  it('raises an alarm at 80 % of its storage, prunes every copied entry, and clears the alarm', async () => {
    const trail = trails.getByName('full')
    const alarms = () => bindings.DIRECTORY.getByName(auditAlarmsName).names('', 10)
    const consoleError = vi.spyOn(console, 'error').mockImplementation(() => {})
    await runInDurableObject(trail, async (_, ctx) => {
      const smallTrail = new AuditTrail(ctx, { ...bindings, SOMA_AUDIT_MAX_MB: '1' })
      const largeDrafts = Array.from({ length: 30 }, (_, n) => ({ ...change, target: `t${n}`, detail: { text: 'x'.repeat(8_000) } }))
      smallTrail.record(largeDrafts)
      expect(await alarms()).toEqual([])
      for (let page = 0; page < 3; page++) smallTrail.record(largeDrafts)
      await vi.waitFor(async () => expect(await alarms()).toEqual(['full']))
      expect(consoleError.mock.calls.flat().join()).toContain('audit.nearly_full')
      smallTrail.acknowledge(100)
      await smallTrail.alarm()
      await vi.waitFor(async () => expect(await alarms()).toEqual([]))
      expect((await new AuditTrail(ctx, bindings).lines(0, 1_000)).text.split('\n').length).toBe(22)
    })
    expect(verifyChain(await linesOf(trail))).toBe(121)
    consoleError.mockRestore()
  })
})
