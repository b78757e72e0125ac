/**
 * Which runner runs a test file; its imports decide.
 * - It imports `node:test`: Node, Bun and Deno run it (`portable`).
 * - It lies beside a `worker.ts` and imports no `node:` module: Vitest runs it inside workerd (`workerd`).
 * - Otherwise Vitest runs it in Node (`unit`).
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export type Runner = 'portable' | 'workerd' | 'unit'

const root = join(import.meta.dirname, '../..')
/** The folders that mirror the code under test. */
const mirrors = ['shared', 'durable-objects', 'workers', 'web', 'scripts']

export function runnerOf(file: string): Runner {
  const source = readFileSync(join(root, file), 'utf8')
  if (/from 'node:test'/.test(source)) return 'portable'
  return underWorker(file) && !/from 'node:/.test(source) ? 'workerd' : 'unit'
}

/** Paths from the project's root, sorted. `folder` is a path under `test/`. */
export function testFiles(runner: Runner, ...folders: readonly string[]): string[] {
  return (folders.length > 0 ? folders : mirrors)
    .filter((folder) => existsSync(join(root, 'test', folder)))
    .flatMap((folder) =>
      readdirSync(join(root, 'test', folder), { recursive: true, encoding: 'utf8' }).map((name) => `test/${folder}/${name}`),
    )
    .filter((file) => file.endsWith('.test.ts') && runnerOf(file) === runner)
    .sort()
}

/** Whether a Worker made for tests lies in the file's folder or above it. */
function underWorker(file: string): boolean {
  const parts = file.split('/')
  return parts.some((_, index) => index > 1 && existsSync(join(root, ...parts.slice(0, index), 'worker.ts')))
}
