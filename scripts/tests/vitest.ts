/** Runs Vitest and counts the results. */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from '../project.ts'
import { emptyTally, readTally, type Tally, withStatus } from './tally.ts'

/** The tests of a run. */
export interface VitestRun {
  readonly projects: readonly string[]
  /** Choose files: a file runs when its path contains one of them. */
  readonly words?: readonly string[]
  /** Globs of files that do not run. */
  readonly exclude?: readonly string[]
  /** Files at a time. Default: that of vitest.config.ts. */
  readonly workers?: number
  /** Prints the output at the end, so that concurrent runs do not mix. */
  readonly printsLater?: boolean
}

/**
 * Runs Vitest and prints its stdout. On stderr workerd reports every fault that a test provokes, so stderr is printed only when the run
 * fails.
 */
export async function runVitest({ projects, words = [], exclude = [], workers, printsLater = false }: VitestRun): Promise<Tally> {
  const scratch = mkdtempSync(join(tmpdir(), 'soma-test-'))
  const file = join(scratch, 'tally.json')
  const options = [
    ...projects.map((project) => `--project=${project}`),
    ...exclude.map((glob) => `--exclude=${glob}`),
    '--reporter=default',
    `--reporter=${join(import.meta.dirname, 'tally-reporter.ts')}`,
    '--silent=passed-only',
    '--passWithNoTests',
    ...(workers === undefined ? [] : [`--maxWorkers=${workers}`]),
  ]
  const child = spawn('vitest', ['run', ...options, ...words], {
    cwd: root,
    // wrangler would log the source of the secrets of each Worker. Tests bind their own secrets.
    env: { ...process.env, SOMA_TALLY: file, WRANGLER_LOG: 'error' },
    stdio: ['ignore', printsLater ? 'pipe' : 'inherit', 'pipe'],
  })
  const stdoutPieces: string[] = []
  const stderrPieces: string[] = []
  child.stdout?.setEncoding('utf8').on('data', (text: string) => stdoutPieces.push(text))
  child.stderr?.setEncoding('utf8').on('data', (text: string) => stderrPieces.push(text))
  const status = await new Promise<number | null>((resolve) => child.once('close', resolve))
  process.stdout.write(stdoutPieces.join(''))
  const result = withStatus(readTally(file) ?? emptyTally, status, 'vitest', stderrPieces.join(''))
  rmSync(scratch, { recursive: true })
  if (result.failed > 0) process.stderr.write(stderrPieces.join(''))
  return result
}
