/** OPA's YAML cases, compiled to plans by its compiler. Each passes, fails, or names the missing feature. */
import { casesOf, count, report, runCase, type Tally } from '../../shared/rego/cases.ts'
import { compiledCases, type Opa } from './opa.ts'

/** Excluded cases, with the reason: they test OPA's storage or command line, not plans. */
const notOfPlans: Readonly<Record<string, string>> = {
  'data/toplevel integer': 'OPA’s storage reads data[2] as data["2"]; a plan looks up the number',
  'data/nested integer': 'as above',
}

export function conformance(opa: Opa): Tally {
  const tally: Tally = { passed: 0, failed: [], skipped: new Map() }
  const apart: string[] = []
  for (const line of compiledCases(opa)) {
    const [one] = casesOf(`{"cases":[${line}]}`)
    const note = String(one?.note)
    if (!one) throw new Error('no case')
    if (one.uncompiled !== undefined) apart.push(`${note}: not compiled: ${String(one.uncompiled).split('\n')[0]}`)
    else if (Object.hasOwn(notOfPlans, note)) apart.push(`${note}: ${notOfPlans[note]}`)
    else count(tally, note, runCase(one))
  }
  console.log(report('OPA’s YAML cases', tally))
  for (const why of apart) console.log(`  excluded: ${why}`)
  return tally
}
