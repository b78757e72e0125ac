/**
 * `node test/chaos/suite.ts FAILPOINT [vitest arguments]` runs the e2e and object tests on a build with a failpoint.
 * The tests must pass without a redundant path (`doorbell-off`) and must fail with a bug.
 */
import { spawnSync } from 'node:child_process'
import { build } from './build.ts'
import { bugs, switches } from './failpoints.ts'

const [name, ...givenArguments] = process.argv.slice(2)
const failpoint = [...bugs, ...switches].find((failpoint) => failpoint === name)
if (!failpoint) throw new Error(`Unknown failpoint ${JSON.stringify(name)}. Failpoints: ${[...switches, ...bugs].join(', ')}.`)
const copy = await build(failpoint)
// The object tests have no doorbells. Without a dispatch after commit, each of them would wait for the alarm.
const objectTests = failpoint === 'dispatch-by-doorbell' ? [] : ['--project=durable-objects']
const vitestArguments = givenArguments.length > 0 ? givenArguments : ['--project=e2e', ...objectTests]
let status: number | null = 1
try {
  ;({ status } = spawnSync('vitest', ['run', ...vitestArguments], { cwd: copy.project, stdio: 'inherit' }))
} finally {
  copy.remove()
}
process.exit(status ?? 1)
