/**
 * `npm test`: every test that needs no other server, and one closing line `N passed, N failed`. The pure rules are written for
 * `node:test`, because Bun and Deno run them too; the rest is vitest's. `npm run test:browser` runs those that need Chromium.
 * Words after `--` choose test files by name.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { testFiles } from '../test/support/runners.ts'
import { root } from './project.ts'

interface Tally {
  passed: number
  failed: number
}

const [kind, ...rest] = process.argv.slice(2)
const browser = kind === 'browser'
const words = browser ? rest : process.argv.slice(2)
const scratch = mkdtempSync(join(tmpdir(), 'soma-test-'))
const total: Tally = { passed: 0, failed: 0 }

if (browser) requireChromium()
if (!browser) add(pure())
add(vitest(browser ? ['browser'] : ['unit', 'simulation', 'durable-objects', 'workers/*', 'security', 'e2e', 'chaos']))
rmSync(scratch, { recursive: true })
console.log(`\n${total.passed} passed, ${total.failed} failed`)
process.exitCode = total.failed === 0 ? 0 : 1

function add({ passed, failed }: Tally): void {
  total.passed += passed
  total.failed += failed
}

function pure(): Tally {
  const chosen = testFiles('portable').filter((file) => words.length === 0 || words.some((word) => file.includes(word)))
  if (chosen.length === 0) return { passed: 0, failed: 0 }
  const tap = join(scratch, 'pure.tap')
  const reporters = [
    '--test-reporter=dot',
    '--test-reporter-destination=stdout',
    '--test-reporter=tap',
    `--test-reporter-destination=${tap}`,
  ]
  const { status } = spawnSync('node', ['--test', ...reporters, ...chosen], { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] })
  const count = (what: string) => Number(new RegExp(`^# ${what} (\\d+)$`, 'm').exec(readFileSync(tap, 'utf8'))?.[1] ?? 0)
  return { passed: count('pass'), failed: atLeastOne(count('fail') + count('cancelled'), status) }
}

function vitest(projects: readonly string[]): Tally {
  const json = join(scratch, 'vitest.json')
  const chosen = projects.map((project) => `--project=${project}`)
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${json}`]
  const options = ['--silent=passed-only', '--passWithNoTests']
  const { status } = spawnSync('vitest', ['run', ...chosen, ...reporters, ...options, ...words], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  if (!existsSync(json)) return { passed: 0, failed: atLeastOne(0, status) }
  const report: {
    numPassedTests: number
    numFailedTests: number
    testResults: { status: string; assertionResults: { status: string }[] }[]
  } = JSON.parse(readFileSync(json, 'utf8'))
  // A file that cannot even be loaded, or whose set-up fails, holds no failed test.
  const broken = report.testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
  )
  return { passed: report.numPassedTests, failed: atLeastOne(report.numFailedTests + broken.length, status) }
}

/** A run that did not end well failed, also when it counted nothing. */
function atLeastOne(failed: number, status: number | null): number {
  return status === 0 ? failed : Math.max(failed, 1)
}

function requireChromium(): void {
  const chromium = process.env.CHROMIUM || '/usr/bin/chromium'
  if (existsSync(chromium)) return
  console.error(`test:browser needs Chromium, and ${chromium} is not there: install it (Debian: apt-get install chromium) or set CHROMIUM.`)
  process.exit(1)
}
