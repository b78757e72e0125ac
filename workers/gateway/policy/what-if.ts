/** Replays recorded decisions against a candidate policy, page by page. Only the differences are held in memory. */
import type { AuditFilter } from '../../../durable-objects/audit/audit-trail.ts'
import type { WhatIfDifference, WhatIfPeriod, WhatIfReport } from '../../../shared/api/what-if.ts'
import type { ChainedEntry } from '../../../shared/audit/entry.ts'
import { compareDecisions, type Judge, type RecordedDecision } from '../../../shared/policy/what-if.ts'

const pageEntries = 200
/** Limits of one request: decisions and milliseconds. A candidate policy may be slow. */
const maxDecisions = 5_000
const maxMs = 2_000
const maxDifferences = 200

type Pages = (filter: AuditFilter, before: number, limit: number) => Promise<string[]>

/** Replays the recorded decisions of a period with `decide`. `next_before` continues where a limit stopped it. */
export async function whatIfPages(
  decide: Judge,
  { from, to, before = Number.MAX_SAFE_INTEGER }: WhatIfPeriod,
  pages: Pages,
): Promise<WhatIfReport> {
  const count = { asked: 0, skipped: 0, opened: 0, closed: 0 }
  const differences: WhatIfDifference[] = []
  const startedAt = Date.now()
  for (let next = before; ; ) {
    const lines = await pages({ kind: 'decision', from, to }, next, pageEntries)
    const entries = lines.map((line) => JSON.parse(line) as ChainedEntry)
    const replayable = entries.filter(isReplayable)
    const found = compareDecisions(decide, replayable.map(recordedOf), maxDifferences)
    count.skipped += entries.length - found.asked
    for (const key of ['asked', 'opened', 'closed'] as const) count[key] += found[key]
    const bySeq = new Map(replayable.map((entry) => [String(entry.seq), entry]))
    for (const { id, was, would, input } of found.differences) {
      const entry = bySeq.get(id)
      if (!entry || differences.length >= maxDifferences) continue
      const { seq, at, subject, action, target } = entry
      differences.push({ seq, at, subject, action, target, was, would: would.allowed, input })
    }
    const last = entries.at(-1)
    const isLastPage = !last || entries.length < pageEntries
    if (isLastPage || count.asked + count.skipped >= maxDecisions || Date.now() - startedAt > maxMs) {
      differences.sort((a, b) => Number(b.would) - Number(a.would) || b.seq - a.seq)
      return { ...count, differences, next_before: isLastPage ? null : last.seq }
    }
    next = last.seq
  }
}

const isReplayable = ({ input }: ChainedEntry): boolean => {
  const context = typeof input === 'object' && input !== null && 'context' in input ? input.context : undefined
  return input !== undefined && !(typeof context === 'object' && context !== null && 'withheld' in context)
}

const recordedOf = ({ seq, input, outcome, at }: ChainedEntry): RecordedDecision => ({
  id: String(seq),
  input,
  allowed: outcome === 'allowed',
  at,
})
