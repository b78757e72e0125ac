/** A Vitest reporter that writes a `Tally` as JSON into the file that `SOMA_TALLY` names. */
import { writeFileSync } from 'node:fs'
import { relative } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import type { Reporter, SerializedError, TestCase, TestModule } from 'vitest/node'
import { root } from '../project.ts'
import { clientTable } from './client-table.ts'
import type { Failure, Tally } from './tally.ts'

export default class TallyReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly SerializedError[]): void {
    const file = process.env.SOMA_TALLY
    if (!file) return
    const tests = modules.flatMap((module) => [...module.children.allTests()])
    const skips = tests.flatMap((test) => {
      const result = test.result()
      return result.state === 'skipped' ? [{ name: test.fullName, reason: result.note ?? '', file: fileOf(test.module) }] : []
    })
    const failures: Failure[] = [
      ...tests
        .filter((test) => test.result().state === 'failed')
        .map((test) => ({ name: titleOf(test), message: textOf(test.result().errors), file: fileOf(test.module) })),
      ...modules
        .filter(isBroken)
        .map((module) => ({ name: module.relativeModuleId, message: textOf(errorsOf(module)), file: fileOf(module) })),
      ...errors.map((error) => ({ name: 'an error outside of a test', message: textOf([error]) })),
    ]
    const tally: Tally = {
      passed: tests.filter((test) => test.result().state === 'passed').length,
      failed: failures.length,
      skipped: skips.length,
      skips,
      failures,
      flaky: tests
        .filter((test) => test.diagnostic()?.flaky)
        .map((test) => ({ name: titleOf(test), message: textOf(test.result().errors) })),
      clients: clientTable(
        tests.flatMap((test) => {
          const { state } = test.result()
          return state === 'passed' || state === 'failed' ? [{ file: fileOf(test.module), title: test.fullName, state }] : []
        }),
      ),
    }
    writeFileSync(file, JSON.stringify(tally))
  }
}

const titleOf = (test: TestCase): string => `${test.module.relativeModuleId} > ${test.fullName}`

const fileOf = (module: TestModule): string => relative(root, module.moduleId)

/** A file that cannot be loaded, or that fails in its set-up, holds no failed test. */
const isBroken = (module: TestModule): boolean =>
  module.state() === 'failed' && ![...module.children.allTests()].some((test) => test.result().state === 'failed')

/** The errors of a file itself and of its suites' hooks. */
const errorsOf = (module: TestModule): SerializedError[] => [
  ...module.errors(),
  ...[...module.children.allSuites()].flatMap((suite) => suite.errors()),
]

/** The text of `errors`: of each its message, its first stack frame, and its difference. */
const textOf = (errors: readonly SerializedError[] = []): string =>
  errors
    .map(({ name = 'Error', message, stacks = [], diff = '' }) =>
      [`${name}: ${message}`, ...stacks.slice(0, 1).map(locationOf), diff].join('\n').trimEnd(),
    )
    .map(stripVTControlCharacters)
    .join('\n')

const locationOf = ({ file, line, column }: { file: string; line: number; column: number }): string =>
  `at ${relative(root, file)}:${line}:${column}`
