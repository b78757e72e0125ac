import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { AuditTrail } from '../../../durable-objects/audit/audit-trail.ts'
import { ChainVerifier } from '../../../shared/audit/chain.ts'
import { type AuditDraft, pruneAction } from '../../../shared/audit/entry.ts'

const bindings = env as unknown as StateEnv
const trails = bindings.AUDIT_TRAIL as unknown as DurableObjectNamespace<AuditTrail>
type Trail = ReturnType<typeof trails.getByName>

const drafts = (count: number): AuditDraft[] =>
  Array.from({ length: count }, (_, n) => ({ kind: 'change', subject: 'ada', action: 'a.b', target: `t${n}`, outcome: 'done' }))

/** Makes entries up to `seq` old. */
const age = (trail: Trail, seq: number) =>
  runInDurableObject(trail, (_, { storage: { sql } }) => {
    sql.exec('UPDATE entry SET at = 1 WHERE seq <= ?', seq)
  })
const alarm = (trail: Trail, settings: Partial<StateEnv> = {}) =>
  runInDurableObject(trail, async (_, ctx) => {
    await new AuditTrail(ctx, { ...bindings, ...settings }).alarm()
    return ctx.storage.getAlarm()
  })
const linesOf = async (trail: Trail, after = 0) => (await trail.lines(after, 1_000)).text.trimEnd().split('\n')

function verifyChain(lines: readonly string[]) {
  const chain = new ChainVerifier()
  for (const line of lines) {
    const error = chain.next(line)
    if (error !== null) return error
  }
  return chain.end() ?? [chain.start.seq, chain.head.seq]
}

describe('An audit trail with a retention', () => {
  it('prunes old entries that are copied, and still detects a flipped byte', async () => {
    const trail = trails.getByName('pruned')
    await trail.record(drafts(100))
    const allLines = await linesOf(trail)
    await trail.acknowledge(100)
    await age(trail, 60)
    expect(await alarm(trail)).toBeGreaterThan(Date.now())
    await evictDurableObject(trail)
    const lines = await linesOf(trail)
    expect(lines.slice(0, 40)).toEqual(allLines.slice(60))
    expect(JSON.parse(lines[40] ?? '')).toMatchObject({
      seq: 101,
      subject: 'system',
      action: pruneAction,
      detail: { through: 60, hash: JSON.parse(allLines[59] ?? '').hash },
    })
    expect(verifyChain(lines)).toEqual([60, 101])
    expect(verifyChain(lines.with(7, (lines[7] ?? '').replace('"t67"', '"t66"')))).toBe('does not match its hash')
    expect(verifyChain(lines.slice(1))).toContain('no entry records the pruning')
    expect(await linesOf(trail, 70), 'a copy continues where it was').toEqual(lines.slice(10))
    expect(await trail.page({}, 62, 10)).toEqual([lines[0]])

    // The second pruning replaces the anchor of the first one.
    await trail.record(drafts(20))
    await trail.acknowledge(121)
    await age(trail, 110)
    await alarm(trail)
    const laterLines = await linesOf(trail)
    expect([JSON.parse(laterLines[0] ?? '').seq, verifyChain(laterLines)]).toEqual([111, [110, 122]])
    await alarm(trail)
    expect(await linesOf(trail), 'nothing more is old').toEqual(laterLines)
  })

  it('keeps entries that are not copied, and every entry without a retention', async () => {
    const trail = trails.getByName('kept')
    await trail.record(drafts(50))
    await trail.acknowledge(20)
    await age(trail, 50)
    await alarm(trail, { SOMA_AUDIT_KEEP_DAYS: '' })
    expect(verifyChain(await linesOf(trail))).toEqual([0, 50])
    await alarm(trail)
    expect(verifyChain(await linesOf(trail))).toEqual([20, 51])
  })

  it('counts the age from the time of writing', async () => {
    const trail = trails.getByName('young')
    await trail.record(drafts(5))
    await trail.acknowledge(5)
    await alarm(trail)
    expect(verifyChain(await linesOf(trail))).toEqual([0, 5])
  })
})
