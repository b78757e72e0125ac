import { describe, expect, it } from 'vitest'
import { filesToRunAgain, withSecondTry } from '../../../scripts/tests/second-try.ts'
import { emptyTally, failureLines, type Tally } from '../../../scripts/tests/tally.ts'

const failure = (file: string, title: string) => ({ name: `${file} > ${title}`, message: 'Error: too late', file })
const failed = (...failures: Tally['failures']): Tally => ({ ...emptyTally, passed: 10, failed: failures.length, failures })
const passes = { ...emptyTally, passed: 3 }

describe('The files to run again', () => {
  it('are those with failures, each once', () => {
    expect(filesToRunAgain(failed(failure('b', 'one'), failure('a', 'one'), failure('b', 'two')))).toEqual(['a', 'b'])
    expect(filesToRunAgain(passes)).toEqual([])
  })

  it('are at most 5', () => {
    const failures = ['a', 'b', 'c', 'd', 'e', 'f'].map((file) => failure(file, 'one'))
    expect(filesToRunAgain(failed(...failures.slice(1)))).toHaveLength(5)
    expect(filesToRunAgain(failed(...failures))).toEqual([])
  })

  it('are none if a failure belongs to no file, or is not known by name', () => {
    expect(filesToRunAgain(failed(failure('a', 'one'), { name: '60 kills', message: 'exit code 1' }))).toEqual([])
    expect(filesToRunAgain({ ...failed(failure('a', 'one')), failed: 2 })).toEqual([])
  })
})

describe('A second try', () => {
  const first = failed(failure('a', 'one'), failure('b', 'two'))

  it('counts the tests of a file that passes as passed, and names them with the first error', () => {
    const tally = withSecondTry(first, 'a', passes)
    expect(tally).toEqual({ ...emptyTally, passed: 11, failed: 1, failures: [failure('b', 'two')], flaky: [failure('a', 'one')] })
    expect(failureLines(tally)).toEqual([
      'passed at the second try: a > one',
      '    Error: too late',
      'failed: b > two',
      '    Error: too late',
    ])
  })

  it.each([
    ['fails again', failed(failure('a', 'one'))],
    ['fails in another test', failed(failure('a', 'another'))],
    ['breaks without a failed test', { ...passes, failed: 1, failures: [{ name: 'vitest', message: 'exit code 1' }] }],
    ['runs nothing', emptyTally],
    ['skips the test', { ...passes, skipped: 1, skips: [{ name: 'one', reason: 'no peer', file: 'a' }] }],
  ])('changes nothing when it %s', (_, second) => expect(withSecondTry(first, 'a', second)).toEqual(first))

  it('runs the tests that a failed set-up skipped', () => {
    const skips = ['a', 'c'].map((file) => ({ name: `waits in ${file}`, reason: '', file }))
    const broken = { name: 'a', message: 'Error: no stack', file: 'a' }
    const tally = withSecondTry({ ...failed(broken), skipped: 2, skips }, 'a', passes)
    expect(tally).toEqual({ ...emptyTally, passed: 12, skipped: 1, skips: skips.slice(1), flaky: [broken] })
  })
})
