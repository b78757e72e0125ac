/**
 * `npm run test:all` runs `npm test`, then peers, long tests, the browser and other runtimes, two steps at a time.
 * Beside them run files that mostly wait.
 * A test file that fails runs once more at the end, alone.
 * `npm run test:all -- --kills N` adds N kills of the stack. Peers need Go, Java, Maven and Redis; test/peers installs what is missing.
 */
import { globSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { root } from './project.ts'
import { tryAgain } from './tests/second-try.ts'
import { runSideBySide, runStep, type Step } from './tests/step.ts'
import { conclude, sum } from './tests/tally.ts'

const { values } = parseArgs({ options: { kills: { type: 'string', default: '0' } } })

/** Files that wait more than they compute. The other steps leave them out. */
const hiddenPage = 'test/browser/hidden-page.test.ts'
const waitingFiles = [...globSync('test/e2e/*.long.test.ts', { cwd: root }).sort(), 'test/security/request-costs.long.test.ts']
const waitingSteps: Step[] = [
  { name: 'hidden page', script: ['scripts/test.ts', 'browser', hiddenPage] },
  { name: 'long tests that wait', script: ['scripts/test.ts', ...waitingFiles] },
]

/** Ten kills, as a file for `npm run test:all` without `--kills`. With them they would run twice. */
const fewKills = values.kills === '0' ? [] : ['--exclude=test/chaos/kill.long.test.ts']

/** The longest steps are first, so that both lanes end together. The browser tests are in two parts for the same reason. */
const steps: Step[] = [
  { name: 'long tests', script: ['scripts/test.ts', 'long', ...waitingFiles.map((file) => `--exclude=${file}`), ...fewKills] },
  { name: 'browser, part 1', script: ['scripts/test.ts', 'browser', '--shard=1/2', `--exclude=${hiddenPage}`] },
  { name: 'browser, part 2', script: ['scripts/test.ts', 'browser', '--shard=2/2', `--exclude=${hiddenPage}`] },
  ...(values.kills === '0'
    ? []
    : [
        {
          name: `${values.kills} kills`,
          script: ['test/chaos/run.ts', '--fault', 'kill', '--rounds', values.kills, '--seed', values.kills, '--quiet'],
        },
      ]),
  { name: 'peers', script: ['scripts/peers.ts'] },
  { name: 'runtimes', script: ['scripts/runtimes.ts'] },
]

const first = await runStep({ name: 'npm test', script: ['scripts/test.ts'] }, true)
// Each of two lanes has one core: Vitest runs one file at a time in it. The third lane waits most of its time.
const oneFile = { VITEST_MAX_WORKERS: '1' }
const lanes = await Promise.all([runSideBySide(steps, 2, oneFile), runSideBySide(waitingSteps, 1, oneFile)])
const results = [first, ...lanes.flat()]
// Nothing else runs now.
const total = await tryAgain(sum(results.map(({ tally }) => tally)))
console.log('')
for (const { name, seconds, tally } of results) console.log(`${tally.failed === 0 ? '✓' : '✗'} ${name}: ${seconds} s`)
conclude(total)
