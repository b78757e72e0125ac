/**
 * Which audit entries are counted instead of listed. Pure. Equal allowed reads are listed once and then counted. So a script that repeats
 * a request does not fill the trail.
 */
import { textHash } from '../lib/text-hash.ts'
import { isRefusal } from './bound.ts'
import type { AuditDraft } from './entry.ts'

/** How long equal entries are counted before the count is recorded. Milliseconds. */
export const repeatMs = 60_000
/** The same for entries of a subject that is over its quota. Milliseconds. */
export const summaryMs = 3_600_000
/** The most bytes of entries of one subject in a day (UTC). Beyond it, entries are summarised, and changes are refused. */
export const subjectBytesPerDay = 50_000_000
/** One day, in milliseconds. */
export const dayMs = 86_400_000

const reads: ReadonlySet<string> = new Set(['read', 'list', 'recall', 'check', 'explain'])

/** Whether equal entries may be counted: allowed decisions to read, and summaries. Each denial is listed with its request. */
const isCountable = ({ kind, action, outcome, detail }: AuditDraft): boolean =>
  detail?.over_quota === true || (kind === 'decision' && outcome === 'allowed' && reads.has(action.slice(action.lastIndexOf('.') + 1)))

/** The key of entries that count as equal; null: this entry is always listed. Only the request id may differ. */
export function repeatKey(draft: AuditDraft): string | null {
  if (!isCountable(draft)) return null
  const { request_id: _, ...rest } = draft
  return textHash(JSON.stringify(rest))
}

/** An entry of a subject over its quota, without the values of the request. Null: a change that was made, which is always listed. */
export function summaryOf(draft: AuditDraft): AuditDraft | null {
  if (draft.kind === 'change' && !isRefusal(draft)) return null
  const { kind, subject, action, outcome, policy } = draft
  return { kind, subject, action, outcome, target: '', ...(policy ? { policy } : {}), detail: { over_quota: true } }
}

/** The entry for `count` more entries that equal `draft`. `firstSeq`: the listed one. `until`: the time of the last one, Unix ms. */
export function repeatEntry(draft: AuditDraft, firstSeq: number, count: number, until: number): AuditDraft {
  const { request_id: _, ...rest } = draft
  return { ...rest, detail: { ...draft.detail, repeats: { of: firstSeq, count, until } } }
}
