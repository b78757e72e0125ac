/** Comparison with the real OPA: policy tests, the committed plan, OPA's cases and its decisions. The last line has the totals. */

import { isCurrent } from './check.ts'
import { conformance } from './conformance.ts'
import { differential, patterns } from './differential.ts'
import { install, opaCheck, opaTest } from './opa.ts'
import { compareWithServer } from './remote.ts'

const rounds = Number(process.env.SOMA_OPA_ROUNDS ?? 2_000)
const seed = Number(process.env.SOMA_SEED ?? Date.now() % 1_000_000)
const totals = { passed: 0, failed: 0, skipped: 0 }

function addPart(name: string, { passed, failed, skipped = 0 }: { passed: number; failed: readonly string[]; skipped?: number }): void {
  for (const failure of failed.slice(0, 20)) console.log(`✗ ${failure}`)
  console.log(`${name}: ${passed} passed, ${failed.length} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
  totals.passed += passed
  totals.failed += failed.length
  totals.skipped += skipped
}

const runOpa = (body: () => string): { passed: number; failed: string[] } => {
  try {
    const output = body()
    return { passed: Number(/PASS: (\d+)/.exec(output)?.[1] ?? 1), failed: [] }
  } catch (error) {
    return { passed: 0, failed: [error instanceof Error ? error.message : String(error)] }
  }
}

const opa = install()
addPart(
  'opa check --strict',
  runOpa(() => opaCheck(opa)),
)
addPart(
  'opa test policy',
  runOpa(() => opaTest(opa)),
)
addPart(
  'plan.json matches its sources',
  isCurrent(opa) ? { passed: 1, failed: [] } : { passed: 0, failed: ['run test/peers/opa/check.ts --write'] },
)
const { passed, failed, skipped } = conformance(opa)
const missing = [...skipped.values()].reduce((total, count) => total + count, 0)
const share = missing / (passed + failed.length + missing)
addPart('conformance', {
  passed,
  failed: share > 0.15 ? [...failed, `${(share * 100).toFixed(1)} % skipped, more than 15 %`] : failed,
  skipped: missing,
})
addPart('differential: the policy', differential(opa, rounds, seed))
addPart('differential: patterns', patterns(opa, rounds, seed))
addPart('decisions by an OPA server', await compareWithServer(opa, Math.min(rounds, 300), seed))
console.log(`${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`)
process.exit(totals.failed > 0 ? 1 : 0)
