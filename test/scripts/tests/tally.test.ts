/** The summary of a run names each failed test. Failures are planted in test files of a scratch folder. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { parseTap } from '../../../scripts/tests/portable.ts'
import { runStep } from '../../../scripts/tests/step.ts'
import { closingLine, emptyTally, failureLines, readTally, skipLines, sum, withStatus } from '../../../scripts/tests/tally.ts'

const root = join(import.meta.dirname, '../../..')
const scripts = join(root, 'scripts/tests')
let folder = ''

beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'soma-tally-')))
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const write = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}

describe('The tally of Vitest', () => {
  it('names each failed or skipped test, each file that cannot be loaded and each failed hook, with the reason', () => {
    const imports = `import { beforeAll, describe, expect, it } from 'vitest'\n`
    write('vitest.config.ts', 'export default {}')
    write(
      'one.test.ts',
      `${imports}describe('A lake', () => { it('is deep', () => { expect([1]).toEqual([2]) }); it('is wet', () => {}) })`,
    )
    write('two.test.ts', `throw new Error('not loadable')`)
    write(
      'three.test.ts',
      `${imports}describe('A river', () => { beforeAll(() => { throw new Error('no set-up') }); it('flows', () => {}) })`,
    )
    write('four.test.ts', `${imports}describe('A pond', () => it('agrees', ({ skip }) => skip('no conformance data')))`)
    const file = join(folder, 'tally.json')
    const result = spawnSync('vitest', ['run', '--root', folder, `--reporter=${join(scripts, 'tally-reporter.ts')}`], {
      cwd: root,
      env: { ...process.env, SOMA_TALLY: file },
      encoding: 'utf8',
    })
    expect(result.status).toBe(1)
    const tally = readTally(file)
    // A failed set-up skips the test of its file.
    expect(tally).toMatchObject({ passed: 1, failed: 3, skipped: 2 })
    expect(skipLines(tally ?? emptyTally)).toContain('skipped: A pond > agrees (no conformance data)')
    expect(closingLine(tally ?? emptyTally)).toBe('1 passed, 3 failed, 2 skipped')
    const failures = tally?.failures.toSorted((a, b) => a.name.localeCompare(b.name)) ?? []
    expect(failures.map(({ name }) => name)).toEqual(['one.test.ts > A lake > is deep', 'three.test.ts', 'two.test.ts'])
    const files = ['one', 'three', 'two'].map((name) => relative(root, join(folder, `${name}.test.ts`)))
    expect(failures.map((failure) => failure.file)).toEqual(files)
    expect(failures[0]?.message).toMatch(
      /^AssertionError: expected \[ 1 \] to deeply equal \[ 2 \]\nat .*one\.test\.ts:2:\d+\n[\s\S]*\+ {3}1/,
    )
    expect(failures[1]?.message).toContain('Error: no set-up')
    expect(failures[2]?.message).toContain('Error: not loadable')
  })
})

describe('A test that passes at its second try', () => {
  it('counts as passed, and is named with its error', () => {
    const imports = `import { expect, it } from 'vitest'\n`
    write('vitest.config.ts', 'export default { test: { retry: 1 } }')
    const file = write(
      'unsteady.test.ts',
      `${imports}let tries = 0\nit('rains', () => { tries += 1; expect(tries).toBe(2) })\nit('shines', () => {})`,
    )
    const tallyFile = join(folder, 'unsteady.json')
    const result = spawnSync('vitest', ['run', '--root', folder, `--reporter=${join(scripts, 'tally-reporter.ts')}`, 'unsteady'], {
      cwd: root,
      env: { ...process.env, SOMA_TALLY: tallyFile },
      encoding: 'utf8',
    })
    rmSync(file)
    expect(result.status).toBe(0)
    const tally = readTally(tallyFile) ?? emptyTally
    expect(tally).toMatchObject({ passed: 2, failed: 0, failures: [] })
    const lines = failureLines(sum([emptyTally, tally]))
    expect(lines[0]).toBe('passed at the second try: unsteady.test.ts > rains')
    expect(lines[1]).toContain('expected 1 to be 2')
    expect(lines.filter((line) => line.includes('second try'))).toHaveLength(1)
  })
})

describe('The tally of node --test', () => {
  it('names each failed test and each file that cannot be loaded, not their suites', () => {
    // Spelled in two parts: the literal module name would choose Node's runner for this file.
    const imports = `import { describe, it, test } from 'node:${'test'}'\nimport assert from 'node:assert/strict'\n`
    const first = write(
      'first.mjs',
      `${imports}describe('Noun', () => { it('does', () => { assert.equal(1, 2) }); it('is fine', () => {}) })
test('top', () => { throw new Error("It's broken:\\nsecond line") })`,
    )
    const second = write('second.mjs', `throw new Error('not loadable')`)
    const { stdout } = spawnSync('node', ['--test', '--test-reporter=tap', first, second], { encoding: 'utf8', env: envWithoutRunner() })
    const tally = parseTap(stdout)
    expect(tally).toMatchObject({ passed: 1, failed: 3 })
    expect(tally.failures).toEqual([
      { name: `${first} > does`, message: `Expected values to be strictly equal:\n\n1 !== 2\nat ${first}:3:26`, file: first },
      { name: `${first} > top`, message: `It's broken:\nsecond line\nat ${first}:4:1`, file: first },
      { name: `${second} > ${second}`, message: `test failed\nat ${second}:1:1`, file: second },
    ])
  })
})

describe('A step', () => {
  it('passes on the failures of its command', async () => {
    vi.spyOn(console, 'log').mockImplementation(() => undefined)
    const failures = [{ name: 'lake.test.ts > is deep', message: 'Error: shallow' }]
    const script = write(
      'concludes.ts',
      `import { conclude } from '${scripts}/tally.ts'\nconclude(${JSON.stringify({ ...emptyTally, passed: 4, failed: 1, failures })})`,
    )
    const { tally } = await runStep({ name: 'long tests', script: [script] }, false)
    expect(tally).toEqual({ ...emptyTally, passed: 4, failed: 1, failures })
  })

  it('shows the end of the output of a command that names no failure', async () => {
    vi.spyOn(console, 'log').mockImplementation(() => undefined)
    const script = write('breaks.ts', `for (let at = 0; at < 30; at += 1) console.log('line', at)\nprocess.exitCode = 3`)
    const { tally } = await runStep({ name: '60 kills', script: [script] }, false)
    expect(tally).toMatchObject({ passed: 0, failed: 1 })
    expect(failureLines(tally).slice(0, 2)).toEqual(['failed: 60 kills', '    line 10'])
    expect(failureLines(tally).at(-1)).toBe('    line 29')
  })
})

describe('The summary', () => {
  it('has the failures of every part, and cuts long messages', () => {
    const long = Array.from({ length: 23 }, (_, index) => `line ${index}`).join('\n')
    const parts = ['one', 'two'].map((name) => ({ ...emptyTally, failed: 1, failures: [{ name, message: long }] }))
    const lines = failureLines(sum(parts))
    expect(lines.filter((line) => line.startsWith('failed: '))).toEqual(['failed: one', 'failed: two'])
    expect(lines).toContain('    line 19')
    expect(lines).not.toContain('    line 20')
    expect(lines).toContain('    … 3 more lines')
  })

  it('adds nothing to a run that passes', () => {
    expect(withStatus({ ...emptyTally, passed: 2 }, 0, 'vitest', 'noise')).toEqual({ ...emptyTally, passed: 2 })
    expect(failureLines(emptyTally)).toEqual([])
  })
})

/** The environment without the variables of an outer test runner. */
function envWithoutRunner(): Record<string, string | undefined> {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  return env
}
