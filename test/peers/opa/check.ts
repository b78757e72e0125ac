/** Rebuilds `policy/plan.json`, and fails if the committed plan differs. `--write` replaces it. */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import { buildPlan, deployedSources, entrypoints, install, type Opa, planFile } from './opa.ts'

export const rebuildPlan = (opa: Opa): unknown => buildPlan(opa, deployedSources(), entrypoints)

export const isCurrent = (opa: Opa): boolean =>
  existsSync(planFile) && isDeepStrictEqual(JSON.parse(readFileSync(planFile, 'utf8')), rebuildPlan(opa))

if (import.meta.main) {
  const opa = install()
  if (process.argv.includes('--write')) {
    writeFileSync(planFile, JSON.stringify(rebuildPlan(opa)))
    // One statement per line, so that the diff shows the effect of a changed rule.
    execFileSync('biome', ['format', '--write', planFile], { stdio: 'inherit' })
  } else if (isCurrent(opa)) console.log('policy/plan.json matches its sources')
  else {
    console.error('policy/plan.json does not match its sources. Run test/peers/opa/check.ts --write')
    process.exit(1)
  }
}
