/** OPA's own YAML cases, out of its module, compiled to plans by its compiler now: each passes, fails, or names what is missing here. */
import { casesOf, count, report, runCase, type Tally } from '../../shared/rego/cases.ts'
import { compiledCases, type Opa } from './opa.ts'

/** Cases that are about OPA's storage or command line and not about plans; each says why. */
const notOfPlans: Readonly<Record<string, string>> = {
  'data/toplevel integer': 'OPA’s storage takes data[2] for data["2"]; a plan looks a number up as a number',
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
  for (const why of apart) console.log(`  apart: ${why}`)
  return tally
}
