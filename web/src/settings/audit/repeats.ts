/** Groups entries that repeat the one before. Pure. */
import type { AuditEntry } from '../../../../shared/api/audit.ts'

const keyOf = ({ kind, subject, action, target, outcome }: AuditEntry): string => JSON.stringify([kind, subject, action, target, outcome])

/** Entries that follow each other and differ only in their time are one group, in the order of the list. No group is empty. */
export function groupRepeats(entries: readonly AuditEntry[]): AuditEntry[][] {
  const groups: AuditEntry[][] = []
  for (const entry of entries) {
    const last = groups.at(-1)
    if (last?.[0] && keyOf(last[0]) === keyOf(entry)) last.push(entry)
    else groups.push([entry])
  }
  return groups
}
