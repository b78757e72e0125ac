/**
 * The runner of a test file depends on its imports:
 * - A file that imports `node:test` runs in Node, Bun and Deno (`portable`).
 * - A file below a `worker.ts` without `node:` imports runs in workerd with Vitest (`workerd`).
 * - Any other file runs in Node with Vitest (`unit`).
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
  return belongsToWorkerd(file) && !/from 'node:/.test(source) ? 'workerd' : 'unit'
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

/** Whether the file's folder or a parent has a test Worker. */
function belongsToWorkerd(file: string): boolean {
  const parts = file.split('/')
  return parts.some((_, index) => index > 1 && existsSync(join(root, ...parts.slice(0, index), 'worker.ts')))
}
