/** `npm run check`: every check that runs no test. It reports every failed step, not only the first. */
import { spawnSync } from 'node:child_process'
import { exists, root } from './project.ts'

const tsconfigs = [
  'tsconfig.json',
  'shared/tsconfig.json',
  'web/tsconfig.json',
  'web/worker/tsconfig.json',
  'scripts/tsconfig.json',
  'scripts/replay/tsconfig.json',
  'test/tsconfig.workerd.json',
  'test/simulation/tsconfig.json',
].filter(exists)
const steps = [
  ['node', 'scripts/generate.ts', '--check'],
  ['node', 'scripts/check/run-imports.ts'],
  ['node', 'scripts/check/run-pure.ts'],
  ['node', 'scripts/check/run-docs.ts'],
  ['node', 'scripts/check/run-variables.ts'],
  ['node', 'scripts/check/run-literals.ts'],
  ...tsconfigs.map((config) => ['tsc', '-p', config]),
  ['biome', 'ci', '--error-on-warnings', process.stdout.isTTY ? '--colors=force' : '--colors=off'],
]

let failed = 0
for (const [command = '', ...args] of steps) {
  console.log(`· ${command} ${args.join(' ')}`)
  if (spawnSync(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] }).status !== 0) failed += 1
}
console.log(failed === 0 ? 'check: all steps passed' : `check: ${failed} of ${steps.length} steps failed`)
process.exitCode = failed === 0 ? 0 : 1
