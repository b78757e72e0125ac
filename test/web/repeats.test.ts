import { expect, it } from 'vitest'
import type { AuditEntry } from '../../shared/api/audit.ts'
import { groupRepeats } from '../../web/src/settings/audit/repeats.ts'

const entry = (seq: number, action: string, more: Partial<AuditEntry> = {}): AuditEntry => ({
  ...{ seq, at: seq, kind: 'decision', subject: 'ada', action, target: 't', outcome: 'allowed', tenant: 'acme', prev: '', hash: '' },
  ...more,
})

it('groups entries that follow each other and differ only in their time, and loses none', () => {
  const entries = [
    entry(9, 'read'),
    entry(8, 'read'),
    entry(7, 'read', { outcome: 'denied' }),
    entry(6, 'read', { subject: 'bob' }),
    entry(5, 'list'),
    entry(4, 'list'),
    entry(3, 'list', { kind: 'change' }),
    entry(2, 'list', { target: 'u' }),
    entry(1, 'read'),
  ]
  const groups = groupRepeats(entries)
  expect(groups.map((group) => group.map(({ seq }) => seq))).toEqual([[9, 8], [7], [6], [5, 4], [3], [2], [1]])
  expect(groups.flat()).toEqual(entries)
  expect(groupRepeats([])).toEqual([])
})
