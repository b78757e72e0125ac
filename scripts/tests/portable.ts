/**
 * Runs the tests that are written for `node:test`: Bun and Deno run them too.
 * One process runs all files. A process for each file costs twice the processor time.
 */
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'yaml'
import { testFiles } from '../../test/support/runners.ts'
import { root } from '../project.ts'
import { emptyTally, type Failure, type Tally, withStatus } from './tally.ts'

/** Runs the files with a path that contains one of `words`. Without words, runs all. Prints its output at the end. */
export async function runPortable(words: readonly string[]): Promise<Tally> {
  const chosen = testFiles('portable').filter((file) => words.length === 0 || words.some((word) => file.includes(word)))
  if (chosen.length === 0) return emptyTally
  const scratch = mkdtempSync(join(tmpdir(), 'soma-test-'))
  const tap = join(scratch, 'portable.tap')
  const reporters = [
    '--test-reporter=dot',
    '--test-reporter-destination=stdout',
    '--test-reporter=tap',
    `--test-reporter-destination=${tap}`,
  ]
  const child = spawn('node', ['--test', '--test-isolation=none', ...reporters, ...chosen], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (piece: string) => {
      output[name] += piece
    })
  const status = await new Promise<number | null>((resolve) => child.once('close', resolve))
  process.stdout.write(output.stdout)
  const text = existsSync(tap) ? readFileSync(tap, 'utf8') : ''
  rmSync(scratch, { recursive: true })
  const tally = withStatus(parseTap(text), status, 'node --test', `${text}\n${output.stderr}`)
  // The code under test reports on stderr the faults that tests provoke.
  if (tally.failed > 0) process.stderr.write(output.stderr)
  return tally
}

/** Reads the TAP that Node's test runner writes. */
export function parseTap(tap: string): Tally {
  const count = (counter: string) => Number(new RegExp(`^# ${counter} (\\d+)$`, 'm').exec(tap)?.[1] ?? 0)
  const skips = [...tap.matchAll(/^\s*ok \d+ - (.+?) # SKIP ?(.*)$/gm)].map(([, name = '', reason = '']) => ({ name, reason }))
  return {
    passed: count('pass'),
    failed: count('fail') + count('cancelled'),
    skipped: count('skipped'),
    skips,
    flaky: [],
    failures: [...tap.matchAll(/^( *)not ok \d+ - (.+)\n\1 {2}---\n([\s\S]*?)^\1 {2}\.\.\.$/gm)].flatMap(failureOf),
  }
}

/** A failed test of the TAP. A suite with failed tests is not another failure. */
function failureOf([, indent = '', title = '', details = '']: RegExpExecArray): Failure[] {
  const block = parse(details.replaceAll(new RegExp(`^${indent} {2}`, 'gm'), ''))
  if (block.failureType === 'subtestsFailed') return []
  const location = String(block.location ?? '').replace(`${root}/`, '')
  const file = location.replace(/:\d+:\d+$/, '')
  return [{ name: `${file} > ${title}`, message: `${block.error ?? block.failureType}\nat ${location}`, file }]
}
