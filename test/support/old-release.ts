/** The sources of an earlier commit, with the dependencies of this checkout. */
import { appendFileSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
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

/**
 * Gives the objects of `project`, an earlier release, the classes that only `newer` has, without a method. A binding needs its class to
 * exist, so a deployment creates it first; until the code of objects follows, each of its methods fails.
 */
export function withEmptyClassesOf(project: string, newer: string): string {
  const configurationOf = (folder: string) => join(folder, 'durable-objects/wrangler.toml')
  const known = new Set(classesIn(configurationOf(project)))
  const missing = classesIn(configurationOf(newer)).filter((name) => !known.has(name))
  const classes = missing.map((name) => `export class ${name} extends EmptyObject {}`)
  appendFileSync(
    join(project, 'durable-objects/worker.ts'),
    ["import { DurableObject as EmptyObject } from 'cloudflare:workers'", ...classes, ''].join('\n'),
  )
  const names = missing.map((name) => JSON.stringify(name)).join(', ')
  appendFileSync(configurationOf(project), `\n[[migrations]]\ntag = "newer"\nnew_sqlite_classes = [${names}]\n`)
  return project
}

/** The object classes that a configuration creates. */
const classesIn = (configuration: string): string[] =>
  [...readFileSync(configuration, 'utf8').matchAll(/^new_sqlite_classes = \[(.*)\]/gm)].flatMap(([, names = '']) =>
    [...names.matchAll(/"(\w+)"/g)].map(([, name = '']) => name),
  )
