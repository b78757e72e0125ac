/** The sources of an earlier commit, with the dependencies of this checkout. */
import { execFileSync, spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../..')

/** Whether the repository holds `commit`; a shallow clone may not. */
export const hasCommit = (commit: string): boolean => spawnSync('git', ['cat-file', '-e', `${commit}^{commit}`], { cwd: root }).status === 0

/** Writes the tree of `commit` to `folder`, with the development secrets of this checkout, and returns `folder`. */
export function oldRelease(commit: string, folder: string): string {
  mkdirSync(join(folder, 'web', 'dist'), { recursive: true })
  const archive = execFileSync('git', ['archive', commit], { cwd: root, maxBuffer: 200_000_000 })
  execFileSync('tar', ['-x', '-C', folder], { input: archive })
  for (const secrets of ['.dev.vars', '.root-keys']) copyFileSync(join(root, secrets), join(folder, secrets))
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  return folder
}

/** Makes `project` start the objects of `other`. */
export function withObjectsOf(project: string, other: string): string {
  const file = join(project, 'scripts/project.ts')
  const source = readFileSync(file, 'utf8')
  const marker = "worker('durable-objects', 'State')"
  if (source.split(marker).length !== 2) throw new Error(`${file} does not contain exactly once: ${marker}`)
  writeFileSync(file, source.replace(marker, `worker('durable-objects', 'State', '${other}/durable-objects/wrangler.toml')`))
  return project
}
