/**
 * A program that is killed at every host call, with a store as the only thing that survives. The store has the sealed snapshot and the calls.
 * A call is keyed by its id, as a tool with an idempotency key is.
 */
import { describe, expect, it } from 'vitest'
import type { ProgramCall, RunResult } from '../../../shared/code/program.ts'
import { openSnapshot, type Seal, sealKey, sealSnapshot } from '../../../shared/code/seal.ts'
import { resumeProgram, startProgram } from '../../../workers/code/machine/run.ts'
import { engine, programOf } from '../../support/engine.ts'

/** Eight calls at once, randomness, the clock, then three approvals one after the other. */
const code = `const seen = [Math.random(), Date.now()]
const all = await Promise.all(Array.from({ length: 8 }, (_, n) => tools.write({ n, r: Math.random() })))
seen.push(...all, Math.random())
for (let n = 0; n < 3; n += 1) seen.push(await tools.approved({ n, at: Date.now() }), Math.random())
seen`
const program = programOf(code, { tools: ['write', 'approved'] })
const key = await sealKey(new Uint8Array(32).fill(5))
const seal: Omit<Seal, 'step'> = { tenant: 'acme', session: 's', call_id: 'c', engine: engine.hash, catalog: 1 }

interface Stored {
  step: number
  sealed: Uint8Array
  readonly calls: Map<number, ProgramCall & { result?: string }>
}

/** What survives a kill. */
class Store {
  program: Stored | undefined
  value: string | null | undefined
  /** Effects by the id and the arguments of their call, with the number of runs. */
  readonly effects = new Map<string, number>()
  readonly approvals = new Set<number>()
}

class Killed extends Error {}

/** Runs until the program ends or waits for an approval. `step` is called at every boundary, and may kill. */
async function run(store: Store, step: () => void): Promise<void> {
  while (store.value === undefined) {
    const stored = store.program
    if (!stored) {
      await keep(store, await startProgram(engine, program), 1, step)
      continue
    }
    for (const call of stored.calls.values()) {
      if (call.result !== undefined) continue
      if (call.name === 'approved' && !store.approvals.has(call.id)) return
      step()
      const effect = `${call.id} ${call.name} ${call.arguments}`
      store.effects.set(effect, (store.effects.get(effect) ?? 0) + 1)
      step()
      call.result = `result of ${call.id}`
    }
    step()
    const opened = await openSnapshot(key, { ...seal, step: stored.step }, stored.sealed)
    if (!opened.ok) throw new Error(`the snapshot is refused: ${opened.error}`)
    const results = [...stored.calls.values()].map(({ id, result = '' }) => ({ id, ok: true, text: result }))
    await keep(store, await resumeProgram(engine, opened.value, results), stored.step + 1, step)
  }
}

/** Replaces the stored program at once, as a transaction does. */
async function keep(store: Store, result: RunResult, step: number, boundary: () => void): Promise<void> {
  boundary()
  if (result.state === 'failed') throw new Error(result.error.message)
  if (result.state === 'completed') {
    store.value = result.value
    return
  }
  const sealed = await sealSnapshot(key, { ...seal, step }, result.snapshot)
  boundary()
  store.program = { step, sealed, calls: new Map(result.calls.map((call) => [call.id, { ...call }])) }
}

/** Kills at the boundary `killAt` (0: never), starts again, approves what waits. Returns the store and the number of boundaries. */
async function complete(killAt: number): Promise<{ store: Store; boundaries: number }> {
  const store = new Store()
  let boundaries = 0
  const step = () => {
    boundaries += 1
    if (boundaries === killAt) throw new Killed()
  }
  for (let starts = 0; store.value === undefined && starts < 20; starts += 1) {
    try {
      await run(store, step)
    } catch (error) {
      if (!(error instanceof Killed)) throw error
    }
    const waiting = [...(store.program?.calls.values() ?? [])].find(({ name, result }) => name === 'approved' && result === undefined)
    if (waiting) store.approvals.add(waiting.id)
  }
  return { store, boundaries }
}

describe('A program that is killed', () => {
  it('at any host call ends as if it had not been: each effect once by its call, and the same values', async () => {
    const { store: expected, boundaries } = await complete(0)
    expect(JSON.parse(expected.value ?? '')).toHaveLength(2 + 8 + 1 + 6)
    expect(expected.effects.size).toBe(11)
    for (let killAt = 1; killAt <= boundaries; killAt += 1) {
      const { store } = await complete(killAt)
      expect([killAt, store.value]).toEqual([killAt, expected.value])
      expect([killAt, [...store.effects.keys()]]).toEqual([killAt, [...expected.effects.keys()]])
      // Only the killed call may have run twice, with the same key.
      expect([...store.effects.values()].reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(12)
    }
    expect(boundaries).toBeGreaterThan(30)
  }, 60_000)

  it('does not continue from an older snapshot, or from that of another session', async () => {
    const store = new Store()
    await run(store, () => {})
    const { sealed, step } = store.program ?? { sealed: new Uint8Array(), step: 0 }
    expect(step).toBe(2)
    expect(await openSnapshot(key, { ...seal, step: 1 }, sealed)).toEqual({ ok: false, error: 'step' })
    expect(await openSnapshot(key, { ...seal, step, session: 'other' }, sealed)).toEqual({ ok: false, error: 'session' })
  })
})
