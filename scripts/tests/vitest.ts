/** Runs Vitest, and counts. */
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from '../project.ts'
import { nothing, type Tally, withStatus } from './tally.ts'

export interface VitestRun {
  readonly projects: readonly string[]
  /** Choose files: a file runs when its path contains one of them. */
  readonly words?: readonly string[]
  /** Globs of files that do not run. */
  readonly exclude?: readonly string[]
}

export async function runVitest({ projects, words = [], exclude = [] }: VitestRun): Promise<Tally> {
  const scratch = mkdtempSync(join(tmpdir(), 'soma-test-'))
  const file = join(scratch, 'tally.json')
  const options = [
    ...projects.map((project) => `--project=${project}`),
    ...exclude.map((glob) => `--exclude=${glob}`),
    '--reporter=default',
    `--reporter=${join(import.meta.dirname, 'tally-reporter.ts')}`,
    '--silent=passed-only',
    '--passWithNoTests',
  ]
  const child = spawn('vitest', ['run', ...options, ...words], {
    cwd: root,
    env: { ...process.env, SOMA_TALLY: file },
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  const status = await new Promise<number | null>((resolve) => child.once('exit', resolve))
  const tally: Tally = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : nothing
  rmSync(scratch, { recursive: true })
  return withStatus(tally, status)
}
