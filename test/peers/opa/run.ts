/** Comparison with the real OPA: policy tests, the committed plan, OPA's cases and its decisions. The last line has the totals. */

import { isCurrent } from './check.ts'
import { conformance } from './conformance.ts'
import { differential, patterns } from './differential.ts'
import { install, opaCheck, opaTest } from './opa.ts'
import { remote } from './remote.ts'

const rounds = Number(process.env.SOMA_OPA_ROUNDS ?? 2_000)
const seed = Number(process.env.SOMA_SEED ?? Date.now() % 1_000_000)
const sum = { passed: 0, failed: 0, skipped: 0 }

function part(name: string, { passed, failed, skipped = 0 }: { passed: number; failed: readonly string[]; skipped?: number }): void {
  for (const one of failed.slice(0, 20)) console.log(`✗ ${one}`)
  console.log(`${name}: ${passed} passed, ${failed.length} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
  sum.passed += passed
  sum.failed += failed.length
  sum.skipped += skipped
}

const attempt = (body: () => string): { passed: number; failed: string[] } => {
  try {
    const output = body()
    return { passed: Number(/PASS: (\d+)/.exec(output)?.[1] ?? 1), failed: [] }
  } catch (error) {
    return { passed: 0, failed: [error instanceof Error ? error.message : String(error)] }
  }
}

const opa = install()
part(
  'opa check --strict',
  attempt(() => opaCheck(opa)),
)
part(
  'opa test policy',
  attempt(() => opaTest(opa)),
)
part(
  'plan.json matches its sources',
  isCurrent(opa) ? { passed: 1, failed: [] } : { passed: 0, failed: ['run test/peers/opa/check.ts --write'] },
)
const { passed, failed, skipped } = conformance(opa)
const missing = [...skipped.values()].reduce((total, one) => total + one, 0)
const share = missing / (passed + failed.length + missing)
part('conformance', {
  passed,
  failed: share > 0.15 ? [...failed, `${(share * 100).toFixed(1)} % skipped, more than 15 %`] : failed,
  skipped: missing,
})
part('differential: the policy', differential(opa, rounds, seed))
part('differential: patterns', patterns(opa, rounds, seed))
part('decisions by an OPA server', await remote(opa, Math.min(rounds, 300), seed))
console.log(`${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped`)
process.exit(sum.failed > 0 ? 1 : 0)
