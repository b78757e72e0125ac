/** Runs each file with failed tests once more, alone: on a busy machine a test can lose a race. */
import { runStep } from './step.ts'
import type { Tally } from './tally.ts'

/** The most files that run again. If more failed, the cause is not a race. */
const maxFiles = 5

/** The files with failures, sorted. None if too many files failed, or if a failure belongs to no file: then the run fails anyway. */
export function filesToRunAgain({ failed, failures }: Tally): string[] {
  const files = [...new Set(failures.map(({ file }) => file))].filter((file) => file !== undefined).sort()
  const allHaveFiles = failures.length === failed && failures.every(({ file }) => file !== undefined)
  return allHaveFiles && files.length <= maxFiles ? files : []
}

/**
 * `first`, with the failures of `file` replaced by the results of `second`, the run of that file alone. All of them stay failures
 * unless the whole file passes. A test that `second` skipped did not pass.
 */
export function withSecondTry(first: Tally, file: string, second: Tally): Tally {
  if (second.failed > 0 || second.passed === 0) return first
  const hasPassed = (entry: { readonly name: string; readonly file?: string }) =>
    entry.file === file && !second.skips.some(({ name }) => entry.name.endsWith(name))
  const failures = first.failures.filter((failure) => !hasPassed(failure))
  // A failed set-up skipped the tests of its file.
  const skips = first.skips.filter((skip) => !hasPassed(skip))
  const recovered = first.failures.length - failures.length
  const unskipped = first.skips.length - skips.length
  return {
    passed: first.passed + recovered + unskipped,
    failed: first.failed - recovered,
    skipped: first.skipped - unskipped,
    skips,
    failures,
    flaky: [...first.flaky, ...first.failures.filter(hasPassed)],
  }
}

/** Runs the failed files of a finished run, one at a time, and resolves to the tally of both runs. */
export async function tryAgain(first: Tally): Promise<Tally> {
  let tally = first
  for (const file of filesToRunAgain(first)) {
    const kind = file.startsWith('test/browser/') ? ['browser'] : []
    const second = await runStep({ name: `second try of ${file}`, script: ['scripts/test.ts', ...kind, file] }, true)
    tally = withSecondTry(tally, file, second.tally)
  }
  return tally
}
