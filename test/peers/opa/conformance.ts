/** OPA's YAML cases, compiled to plans by its compiler. Each passes, fails, or names the missing feature. */
import { casesOf, count, report, runCase, type Tally } from '../../shared/rego/compliance-cases.ts'
import { compiledCases, type Opa } from './opa.ts'

export function conformance(opa: Opa): Tally {
  const tally: Tally = { passed: 0, failed: [], skipped: new Map() }
  const excluded: string[] = []
  for (const line of compiledCases(opa)) {
    const [testCase] = casesOf(`{"cases":[${line}]}`)
    const note = String(testCase?.note)
    if (!testCase) throw new Error('no case')
    if (testCase.uncompiled !== undefined) excluded.push(`${note}: not compiled: ${String(testCase.uncompiled).split('\n')[0]}`)
    else count(tally, note, runCase(testCase))
  }
  console.log(report('OPA’s YAML cases', tally))
  for (const reason of excluded) console.log(`  excluded: ${reason}`)
  return tally
}
