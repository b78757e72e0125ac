/** The sources of an earlier commit of this repository, to run beside the present ones. */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './project.ts'

/** Whether the repository holds `commit`; a shallow clone may not. */
export const hasCommit = (commit: string): boolean => spawnSync('git', ['cat-file', '-e', `${commit}^{commit}`], { cwd: root }).status === 0

/** Writes the tree of `commit` to `folder`, with the dependencies of this checkout. Returns `folder`. */
export function extractCommit(commit: string, folder: string): string {
  mkdirSync(folder, { recursive: true })
  const archive = execFileSync('git', ['archive', commit], { cwd: root, maxBuffer: 200_000_000 })
  execFileSync('tar', ['-x', '-C', folder], { input: archive })
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  return folder
}
