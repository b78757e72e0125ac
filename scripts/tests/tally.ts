/** The counts of a test run. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { type ClientTable, mergeTables, tableLines } from './client-table.ts'

/** A test that did not run. */
export interface Skip {
  readonly name: string
  /** Why the test did not run; empty: not given. */
  readonly reason: string
  /** The test's file, from the project's root. */
  readonly file?: string
}

/** A test or command that failed. */
export interface Failure {
  /** The test's file and title, or the command that failed. */
  readonly name: string
  /** The error message; may have several lines. */
  readonly message: string
  /** The test's file, from the project's root; missing: the failure belongs to no file. */
  readonly file?: string
}

/** The counts of a run, with its skipped and failed tests. */
export interface Tally {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  /** The skipped tests that are known by name. */
  readonly skips: readonly Skip[]
  /** The failed tests that are known by name. */
  readonly failures: readonly Failure[]
  /** Tests that failed at first and passed when they ran again. They count as passed. */
  readonly flaky: readonly Failure[]
  /** The official clients that were tested. Missing: none. */
  readonly clients?: ClientTable
}

/** The tally of a run without tests. */
export const emptyTally: Tally = { passed: 0, failed: 0, skipped: 0, skips: [], failures: [], flaky: [] }

/** The tally of all runs together. */
export const sum = (tallies: readonly Tally[]): Tally =>
  tallies.reduce(
    (total, tally) => ({
      passed: total.passed + tally.passed,
      failed: total.failed + tally.failed,
      skipped: total.skipped + tally.skipped,
      skips: [...total.skips, ...tally.skips],
      failures: [...total.failures, ...tally.failures],
      flaky: [...total.flaky, ...tally.flaky],
      clients: mergeTables(total.clients ?? {}, tally.clients ?? {}),
    }),
    emptyTally,
  )

/** The closing line of every test command. */
export const closingLine = ({ passed, failed, skipped }: Tally): string => `${passed} passed, ${failed} failed, ${skipped} skipped`

/** One line per test that did not run. */
export const skipLines = ({ skips }: Tally): string[] => skips.map(({ name, reason }) => `skipped: ${name}${reason && ` (${reason})`}`)

/** Most lines of an error message above the closing line. The run's output has the rest. */
const messageLines = 20

/** Each test that passed at its second try, and each failed test, with its error message, indented. */
export const failureLines = ({ failures, flaky }: Tally): string[] => [
  ...flaky.flatMap((failure) => linesOf('passed at the second try', failure)),
  ...failures.flatMap((failure) => linesOf('failed', failure)),
]

function linesOf(status: string, { name, message }: Failure): string[] {
  const lines = message.trimEnd().split('\n')
  const omitted = lines.length > messageLines ? [`… ${lines.length - messageLines} more lines`] : []
  return [`${status}: ${name}`, ...[...lines.slice(0, messageLines), ...omitted].map((line) => `    ${line}`)]
}

/**
 * Prints the table of official clients, skipped tests, failed tests and the closing line, and sets the exit code.
 * Also writes the tally as JSON into the file that `SOMA_TALLY` names, for the command that runs this one.
 */
export function conclude(tally: Tally): void {
  console.log(['', ...tableLines(tally.clients ?? {}), ...skipLines(tally), ...failureLines(tally), closingLine(tally)].join('\n'))
  if (process.env.SOMA_TALLY) writeFileSync(process.env.SOMA_TALLY, JSON.stringify(tally))
  process.exitCode = tally.failed === 0 ? 0 : 1
}

/** The tally that a command wrote into `file`; undefined when it wrote none. */
export const readTally = (file: string): Tally | undefined => (existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined)

/**
 * A run with a non-zero exit code counts as a failure, even without a failed test.
 * If no failure is known by name, the end of `output` explains it, under the name of the command.
 */
export function withStatus(tally: Tally, status: number | null, command: string, output: string): Tally {
  const failed = status === 0 ? tally.failed : Math.max(tally.failed, 1)
  if (failed === 0 || tally.failures.length > 0) return { ...tally, failed }
  return { ...tally, failed, failures: [{ name: command, message: lastLines(output) || `exit code ${status}` }] }
}

/** The last lines of an output, as many as a failure shows. */
export const lastLines = (output: string): string => output.trim().split('\n').slice(-messageLines).join('\n')

/** The last closing line in `text`; undefined when it has none. `skipped` may be missing. */
export function parseClosingLine(text: string): Tally | undefined {
  const [, passed, failed, skipped = '0'] = [...text.matchAll(/^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/gm)].at(-1) ?? []
  if (passed === undefined || failed === undefined) return undefined
  const skips = [...text.matchAll(/^skipped: (.+?)(?: \(([^()]*)\))?$/gm)].map(([, name = '', reason = '']) => ({ name, reason }))
  return { passed: Number(passed), failed: Number(failed), skipped: Number(skipped), skips, failures: [], flaky: [] }
}
