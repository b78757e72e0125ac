/** Replays recorded decisions against a candidate policy, page by page. Only the differences are held in memory. */
import type { AuditFilter } from '../../../durable-objects/audit/audit-trail.ts'
import type { WhatIfDifference, WhatIfPeriod, WhatIfReport } from '../../../shared/api/what-if.ts'
import type { ChainedEntry } from '../../../shared/audit/entry.ts'
import { turnFuel } from '../../../shared/policy/turns.ts'
import { DecisionComparison, type Judge, type RecordedDecision } from '../../../shared/policy/what-if.ts'

/** Entries of one page. Small, so that few entries are discarded at the time limit. */
const pageEntries = 20
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
  let fuel = 0
  for (let next = before; ; ) {
    const lines = await pages({ kind: 'decision', from, to }, next, pageEntries)
    let isLastPage = lines.length < pageEntries
    const comparison = new DecisionComparison(maxDifferences)
    const bySeq = new Map<string, ChainedEntry>()
    let read = 0
    for (const line of lines) {
      const entry = JSON.parse(line) as ChainedEntry
      next = entry.seq
      read++
      if (isReplayable(entry)) {
        const recorded = recordedOf(entry)
        const would = decide(recorded)
        comparison.add(recorded, would)
        bySeq.set(recorded.id, entry)
        // A fault does not report its fuel, and may have used all of it.
        fuel += would === null ? 0 : would.reason === 'fault' ? turnFuel : would.fuel
      }
      if (fuel >= turnFuel) {
        fuel = 0
        await otherRequests()
      }
      if (Date.now() - startedAt <= maxMs) continue
      isLastPage &&= read === lines.length
      break
    }
    const report = comparison.result
    count.skipped += read - report.asked
    for (const key of ['asked', 'opened', 'closed'] as const) count[key] += report[key]
    for (const { id, was, would, input } of report.differences) {
      const entry = bySeq.get(id)
      if (!entry || differences.length >= maxDifferences) continue
      const { seq, at, subject, action, target } = entry
      differences.push({ seq, at, subject, action, target, was, would: would.allowed, input })
    }
    if (isLastPage || count.asked + count.skipped >= maxDecisions || Date.now() - startedAt > maxMs) {
      differences.sort((a, b) => Number(b.would) - Number(a.would) || b.seq - a.seq)
      return { ...count, differences, next_before: isLastPage ? null : next }
    }
  }
}

/** Lets other requests run, and the clock of a Worker advance. */
export const otherRequests = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0))

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
