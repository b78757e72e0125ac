/** Prunes the memories of an object by the rules of one run. Call inside a transaction. */
import { type EntryType, engineLimits } from '../../../shared/api/memory-engine.ts'
import { decayStep, overLimit, type PruneCandidate, type PruneRules, type PruneStep } from '../../../shared/memory/engine/prune.ts'
import { payloadText } from '../../../shared/memory/engine/terms.ts'
import type { MemoryEngine } from './engine.ts'
import { storedVector } from './space.ts'

/** The steps of one run, and how many more the rules ask for. */
export interface PruneRun {
  readonly steps: readonly PruneStep[]
  readonly remaining: number
}

type CandidateRow = { coord: string; importance: number; created_at: number }
type FullRow = CandidateRow & {
  n: number
  type: EntryType
  payload: string
  raw: number | null
  slot: number
  text: string
  vector: string | null
}

/** What the rules ask for, deletions first. `now`: Unix ms. */
export function planPrune(sql: SqlStorage, rules: PruneRules, now: number): PruneRun {
  const candidates = sql.exec<CandidateRow>('SELECT coord, importance, created_at FROM entry ORDER BY n').toArray()
  const steps = overLimit(candidates, rules)
  const deleted = new Set(steps.map(({ coord }) => coord))
  const youngest = Math.min(...rules.levels.map(({ after_seconds }) => after_seconds))
  const old = sql.exec<CandidateRow & { payload: string }>(
    'SELECT coord, importance, created_at, payload FROM entry WHERE created_at < ? ORDER BY created_at, n',
    now - youngest * 1_000,
  )
  if (rules.levels.length > 0)
    for (const { payload, ...candidate } of old) {
      if (deleted.has(candidate.coord)) continue
      const step = decayStep(candidate satisfies PruneCandidate, JSON.parse(payload) as Record<string, unknown>, rules, now)
      if (step) steps.push(step)
    }
  return { steps: steps.slice(0, engineLimits.bulk), remaining: Math.max(0, steps.length - engineLimits.bulk) }
}

/** Does the steps. A stripped memory keeps its place, its age and its importance. */
export function applyPrune(sql: SqlStorage, engine: MemoryEngine, steps: readonly PruneStep[]): void {
  engine.delete(steps.filter(({ action }) => action === 'delete').map(({ coord }) => coord))
  const { space } = engine
  if (!space) return
  const stripped = steps.flatMap((step) => {
    if (step.action === 'delete') return []
    const { slot, vector, text: _, ...row } = sql.exec<FullRow>('SELECT * FROM entry WHERE coord = ?', step.coord).one()
    const payload = Object.fromEntries(
      Object.entries(JSON.parse(row.payload) as Record<string, unknown>).filter(([key]) => !step.keys.includes(key)),
    )
    const text = payloadText(payload).normalize('NFC')
    return [
      { ...row, payload, text, vector: storedVector({ slot, text, vector, importance: row.importance }, space), isGiven: vector !== null },
    ]
  })
  const stored = engine.put(space, stripped)
  if (!stored.ok) throw new Error('a stripped memory has no place')
}
