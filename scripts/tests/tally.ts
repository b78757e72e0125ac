/** The counts of a test run. */

export interface Skip {
  readonly name: string
  /** Why the test did not run; empty: not given. */
  readonly reason: string
}

export interface Tally {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  /** The skipped tests that are known by name. */
  readonly skips: readonly Skip[]
}

export const emptyTally: Tally = { passed: 0, failed: 0, skipped: 0, skips: [] }

export const sum = (tallies: readonly Tally[]): Tally =>
  tallies.reduce(
    (total, one) => ({
      passed: total.passed + one.passed,
      failed: total.failed + one.failed,
      skipped: total.skipped + one.skipped,
      skips: [...total.skips, ...one.skips],
    }),
    emptyTally,
  )

/** The closing line of every test command. */
export const closingLine = ({ passed, failed, skipped }: Tally): string => `${passed} passed, ${failed} failed, ${skipped} skipped`

/** One line per test that did not run. */
export const skipLines = ({ skips }: Tally): string[] => skips.map(({ name, reason }) => `skipped: ${name}${reason && ` (${reason})`}`)

/** Prints the skipped tests and the closing line, and sets the exit code. */
export function conclude(tally: Tally): void {
  console.log(['', ...skipLines(tally), closingLine(tally)].join('\n'))
  process.exitCode = tally.failed === 0 ? 0 : 1
}

/** A run with a non-zero exit code counts as a failure, even without a failed test. */
export const withStatus = (tally: Tally, status: number | null): Tally =>
  status === 0 ? tally : { ...tally, failed: Math.max(tally.failed, 1) }

/** The last closing line in `text`; undefined when it has none. `skipped` may be missing. */
export function parseClosingLine(text: string): Tally | undefined {
  const [, passed, failed, skipped = '0'] = [...text.matchAll(/^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/gm)].at(-1) ?? []
  if (passed === undefined || failed === undefined) return undefined
  const skips = [...text.matchAll(/^skipped: (.+?)(?: \(([^()]*)\))?$/gm)].map(([, name = '', reason = '']) => ({ name, reason }))
  return { passed: Number(passed), failed: Number(failed), skipped: Number(skipped), skips }
}
