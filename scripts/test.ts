/**
 * `npm test [-- WORD …]` runs the tests for every change: rules, objects, Workers, the simulation and end to end.
 * `npm run test:browser` runs the tests that need Chromium. `npm run test:all` runs everything (scripts/test-all.ts).
 * Words choose files by name; with words, long tests run too.
 */
import { existsSync } from 'node:fs'
import { readVariable } from '../shared/settings/variables.ts'
import { runPortable } from './tests/portable.ts'
import { conclude, sum, type Tally, withStatus } from './tests/tally.ts'
import { runVitest } from './tests/vitest.ts'

/** Long tests have this in their names. `npm test` omits them. */
const longName = '.long.test.'
const stackProjects = ['security', 'e2e']
const ownProjects = ['unit', 'simulation', 'durable-objects', 'workers/*']
const [kind, ...rest] = process.argv.slice(2)

if (kind === 'providers') {
  const tally = await runVitest({ projects: ['workers/conversation'], words: ['models/providers.test.ts'] })
  console.log(`\n${tally.passed + tally.failed} cases, ${tally.failed} wrong`)
  conclude(tally)
} else if (kind === 'browser') {
  requireChromium()
  conclude(requireTests(await runVitest({ projects: ['browser'], words: rest })))
} else if (kind === 'long') {
  conclude(await runVitest({ projects: ['simulation', 'workers/*', ...stackProjects, 'chaos'], words: [longName, ...rest] }))
} else {
  const words = process.argv.slice(2)
  conclude(requireTests(sum(words.length > 0 ? await runChosen(words) : await runAll())))
}

/** Runs the files with one of `words` in their path, long ones too. */
async function runChosen(words: readonly string[]): Promise<Tally[]> {
  return [await runPortable(words), await runVitest({ projects: [...ownProjects, ...stackProjects, 'chaos'], words })]
}

/** Tests of a stack wait more than they compute, so they run beside the others, one file at a time. */
function runAll(): Promise<Tally[]> {
  const exclude = [`**/*${longName}ts`]
  return Promise.all([
    runVitest({ projects: ownProjects, exclude }),
    runVitest({ projects: stackProjects, exclude, workers: 1, printsLater: true }),
    runPortable([]),
  ])
}

/** `tally`, as a failure if no test ran: a mistyped word must not pass. */
function requireTests(tally: Tally): Tally {
  const { passed, failed, skipped } = tally
  const advice = 'No file of this command has such a word in its path. Browser tests: npm run test:browser -- WORD.'
  return passed + failed + skipped > 0 ? tally : withStatus(tally, 1, 'no test ran', advice)
}

function requireChromium(): void {
  const chromium = readVariable(process.env, 'CHROMIUM')
  if (existsSync(chromium)) return
  console.error(`test:browser needs Chromium at ${chromium}. Install it (Debian: apt-get install chromium) or set CHROMIUM.`)
  process.exit(1)
}
