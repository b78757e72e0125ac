/** Rebuilds `policy/plan.json` and fails where the committed one differs; with `--write`, replaces it. */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import { buildPlan, entrypoints, install, type Opa, planFile, sources } from './opa.ts'

export const rebuilt = (opa: Opa): unknown => buildPlan(opa, sources(), entrypoints)

export const isCurrent = (opa: Opa): boolean =>
  existsSync(planFile) && isDeepStrictEqual(JSON.parse(readFileSync(planFile, 'utf8')), rebuilt(opa))

if (import.meta.main) {
  const opa = install()
  if (process.argv.includes('--write')) {
    writeFileSync(planFile, JSON.stringify(rebuilt(opa)))
    // One statement a line: whoever changes a rule sees in the diff what it came to.
    execFileSync('biome', ['format', '--write', planFile], { stdio: 'inherit' })
  } else if (isCurrent(opa)) console.log('policy/plan.json is what its sources compile to')
  else {
    console.error('policy/plan.json is not what its sources compile to: run test/peers/opa/check.ts --write')
    process.exit(1)
  }
}
