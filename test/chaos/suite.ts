/**
 * `node test/chaos/suite.ts doorbell-off [vitest arguments]`: the suites of the stack and of the objects on a build with something
 * planted in it. With a safety net taken away they must pass; with a bug they should not.
 */
import { spawnSync } from 'node:child_process'
import { build } from './build.ts'
import { bugs, switches } from './plants.ts'

const [name, ...more] = process.argv.slice(2)
const plant = [...bugs, ...switches].find((known) => known === name)
if (!plant) throw new Error(`There is nothing to plant called ${JSON.stringify(name)}; there are ${[...switches, ...bugs].join(', ')}.`)
const copy = await build(plant)
// On their own the objects hear no doorbell: without a dispatch after a commit each of their tests would wait for the alarm.
const alone = plant === 'dispatch-by-doorbell' ? [] : ['--project=durable-objects']
const chosen = more.length > 0 ? more : ['--project=e2e', ...alone]
let status: number | null = 1
try {
  ;({ status } = spawnSync('vitest', ['run', ...chosen], { cwd: copy.project, stdio: 'inherit' }))
} finally {
  copy.remove()
}
process.exit(status ?? 1)
