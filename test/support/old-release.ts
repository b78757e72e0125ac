/** The sources of an earlier commit, with the dependencies of this checkout. */
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { extractCommit } from '../../scripts/commit.ts'
import { root } from '../../scripts/project.ts'

/** Writes the tree of `commit` to `folder`, with the development secrets of this checkout, and returns `folder`. */
export function oldRelease(commit: string, folder: string): string {
  extractCommit(commit, folder)
  mkdirSync(join(folder, 'web', 'dist'), { recursive: true })
  for (const secrets of ['.dev.vars', '.root-keys']) copyFileSync(join(root, secrets), join(folder, secrets))
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
