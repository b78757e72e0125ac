/** Replays recorded decisions against a candidate, page by page. Only the differences are held in memory. The sandbox decides. */
import type { AuditFilter } from '../../../durable-objects/audit/audit-trail.ts'
import type { WhatIfDifference, WhatIfPeriod, WhatIfReport } from '../../../shared/api/what-if.ts'
import type { ChainedEntry } from '../../../shared/audit/entry.ts'
import { DecisionComparison, type RecordedDecision } from '../../../shared/policy/decision-comparison.ts'
import type { Decide } from './sandbox.ts'

/** Entries of one page. Small, so that few entries are discarded at the time limit. */
const pageEntries = 20
/** Limits of one request: decisions, milliseconds and reported differences. A candidate policy may be slow. */
const maxDecisions = 5_000
const maxMs = 2_000
const maxDifferences = 200

type Pages = (filter: AuditFilter, before: number, limit: number) => Promise<string[]>

/** Replays the recorded decisions of a period with `decide`. `next_before` continues where a limit stopped it. */
export async function whatIfPages(
  decide: Decide,
  { from, to, before = Number.MAX_SAFE_INTEGER }: WhatIfPeriod,
  pages: Pages,
): Promise<WhatIfReport> {
  const count = { asked: 0, skipped: 0, opened: 0, closed: 0, failed: 0 }
  const differences: WhatIfDifference[] = []
  const startedAt = Date.now()
  let failure: string | null = null
  for (let next = before; ; ) {
    const lines = await pages({ kind: 'decision', from, to }, next, pageEntries)
    const entries = lines.map((line) => JSON.parse(line) as ChainedEntry)
    const replayable = entries.filter(isReplayable)
    const recorded = replayable.map(recordedOf)
    const remainingMs = Math.max(0, maxMs - (Date.now() - startedAt))
    const { answers, fault } = recorded.length === 0 ? { answers: [], fault: null } : await decide(recorded, remainingMs)
    // The page is read up to the last decision that has an answer.
    const stoppedAt = answers.length < recorded.length ? replayable[answers.length - 1] : entries.at(-1)
    const read = entries.filter(({ seq }) => stoppedAt !== undefined && seq >= stoppedAt.seq)
    next = stoppedAt?.seq ?? next
    failure ??= fault
    const comparison = new DecisionComparison(maxDifferences)
    for (const [index, answer] of answers.entries()) {
      if (answer === 'fault') count.failed++
      comparison.add(recorded[index] as RecordedDecision, answer === 'skipped' ? null : { allowed: answer === 'allowed' })
    }
    const report = comparison.result
    count.skipped += read.length - report.asked
    for (const key of ['asked', 'opened', 'closed'] as const) count[key] += report[key]
    const bySeq = new Map(replayable.map((entry) => [String(entry.seq), entry]))
    for (const { id, was, would, input } of report.differences) {
      const entry = bySeq.get(id)
      if (!entry || differences.length >= maxDifferences) continue
      const { seq, at, subject, action, target } = entry
      differences.push({ seq, at, subject, action, target, was, would: would.allowed, input })
    }
    const isLastPage = lines.length < pageEntries && read.length === lines.length
    if (isLastPage || count.asked + count.skipped >= maxDecisions || Date.now() - startedAt > maxMs) {
      differences.sort((a, b) => Number(b.would) - Number(a.would) || b.seq - a.seq)
      return { ...count, failure, differences, next_before: isLastPage ? null : next }
    }
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
