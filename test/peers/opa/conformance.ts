/** OPA's YAML cases, compiled to plans by its compiler. Each passes, fails, or names the missing feature. */
import { casesOf, count, report, runCase, type Tally } from '../../shared/rego/cases.ts'
import { compiledCases, type Opa } from './opa.ts'

export function conformance(opa: Opa): Tally {
  const tally: Tally = { passed: 0, failed: [], skipped: new Map() }
  const excluded: string[] = []
  for (const line of compiledCases(opa)) {
    const [one] = casesOf(`{"cases":[${line}]}`)
    const note = String(one?.note)
    if (!one) throw new Error('no case')
    if (one.uncompiled !== undefined) excluded.push(`${note}: not compiled: ${String(one.uncompiled).split('\n')[0]}`)
    else count(tally, note, runCase(one))
  }
  console.log(report('OPA’s YAML cases', tally))
  for (const why of excluded) console.log(`  excluded: ${why}`)
  return tally
}
