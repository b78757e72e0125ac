import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { chainHash, exportLine, genesis } from '../../shared/audit/chain.ts'
import { type AuditEntry, canonical, pruneEntry } from '../../shared/audit/entry.ts'

const folder = mkdtempSync(join(tmpdir(), 'soma-audit-'))
afterAll(() => rmSync(folder, { recursive: true }))

let prev = genesis
const lines = Array.from({ length: 2_000 }, (_, n) => {
  const entry: AuditEntry = {
    kind: 'change',
    subject: 'ada',
    action: 'a.b',
    target: `t${n}`,
    outcome: 'done',
    tenant: 'acme',
    seq: n + 1,
    at: n,
  }
  const body = canonical(entry)
  const line = exportLine(body, prev, chainHash(prev, body))
  prev = JSON.parse(line).hash
  return line
})

function verify(text: string, ...options: string[]) {
  const file = join(folder, 'audit.ndjson')
  writeFileSync(file, text)
  const script = join(import.meta.dirname, '../../scripts/verify-audit.ts')
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, file, ...options], { encoding: 'utf8' })
  return { status, output: stdout + stderr }
}

describe('verify-audit', () => {
  it('verifies a complete trail', () => {
    const { status, output } = verify(`${lines.join('\n')}\n`)
    expect(output).toContain(`verified 2000 entries; the last is 2000:${prev}`)
    expect(status).toBe(0)
  })

  it('finds one flipped byte and its entry', () => {
    const flipped = [...lines]
    flipped[1_233] = (flipped[1_233] ?? '').replace('"t1233"', '"t1234"')
    const { status, output } = verify(flipped.join('\n'))
    expect(output).toContain('entry 1234 does not match its hash. Up to 1233 the chain is whole.')
    expect(status).toBe(1)
  })

  it('verifies a pruned trail from its anchor, and finds a flipped byte or an unrecorded pruning', () => {
    const hash = JSON.parse(lines[999] ?? '').hash as string
    const anchor = (through: number, last: string) => {
      const entry: AuditEntry = { ...pruneEntry({ through, hash: last }), tenant: 'acme', seq: 2_001, at: 2_001 }
      const body = canonical(entry)
      return exportLine(body, prev, chainHash(prev, body))
    }
    const stored = [...lines.slice(1_000), anchor(1_000, hash)]
    const { status, output } = verify(stored.join('\n'))
    expect(output).toContain('verified 1001 entries; the last is 2001:')
    expect(output).toContain('The entries before 1001 were pruned')
    expect(status).toBe(0)
    const flipped = [...stored]
    flipped[5] = (flipped[5] ?? '').replace('"t1005"', '"t1006"')
    expect(verify(flipped.join('\n'))).toMatchObject({ status: 1, output: expect.stringContaining('entry 1006 does not match its hash') })
    for (const [start, last] of [
      [1_001, anchor(1_000, hash)],
      [1_000, anchor(1_000, prev)],
      [1_000, anchor(999, hash)],
      [1_000, lines[2_000] ?? ''],
    ] as const) {
      const pruned = [...lines.slice(start), ...(last === '' ? [] : [last])].join('\n')
      expect(verify(pruned)).toMatchObject({ status: 1, output: expect.stringContaining('no entry records the pruning before it') })
    }
    expect(verify([(stored[0] ?? '').replace('"prev":"', '"prev":"0'), ...stored.slice(1)].join('\n')).status).toBe(1)
  })

  it('finds a truncated trail if the last entry is known', () => {
    const truncated = lines.slice(0, 1_990).join('\n')
    expect(verify(truncated, '--head', `2000:${prev}`)).toMatchObject({
      status: 1,
      output: expect.stringContaining('ends at entry 1990, but there were 2000'),
    })
    expect(verify(truncated).status).toBe(0)
  })
})
