/** A Vitest reporter that writes a `Tally` as JSON into the file that `SOMA_TALLY` names. */
import { writeFileSync } from 'node:fs'
import type { Reporter, TestModule } from 'vitest/node'
import type { Tally } from './tally.ts'

export default class TallyReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const file = process.env.SOMA_TALLY
    if (!file) return
    const tests = modules.flatMap((module) => [...module.children.allTests()])
    const skips = tests.flatMap((test) => {
      const result = test.result()
      return result.state === 'skipped' ? [{ name: test.fullName, reason: result.note ?? '' }] : []
    })
    const tally: Tally = {
      passed: tests.filter((test) => test.result().state === 'passed').length,
      failed: tests.filter((test) => test.result().state === 'failed').length + modules.filter(isBroken).length + errors.length,
      skipped: skips.length,
      skips,
    }
    writeFileSync(file, JSON.stringify(tally))
  }
}

/** A file that cannot be loaded, or whose set-up fails, holds no failed test. */
const isBroken = (module: TestModule): boolean =>
  module.state() === 'failed' && ![...module.children.allTests()].some((test) => test.result().state === 'failed')
