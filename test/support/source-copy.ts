/** Copies of the sources, for tests that edit or deploy them. */
import { cpSync, existsSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs'
import { basename, join } from 'node:path'

const root = join(import.meta.dirname, '..', '..')
const folders = ['durable-objects', 'migrations', 'policy', 'scripts', 'shared', 'workers']
/** What a copy does without, wherever it is. */
const leftOut = new Set(['node_modules', '.wrangler'])

/** Copies the sources of the Workers, the folders `also`, and the files of the root to `project`. The copy links to the packages. */
export function copySources(project: string, ...also: string[]): void {
  // The Workers do not need the browser app, only its folder.
  mkdirSync(join(project, 'web', 'dist'), { recursive: true })
  const files = readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isFile())
  for (const path of [...folders, ...also, ...files.map(({ name }) => name)].filter((path) => existsSync(join(root, path))))
    cpSync(join(root, path), join(project, path), { recursive: true, filter: (source) => !leftOut.has(basename(source)) })
  symlinkSync(join(root, 'node_modules'), join(project, 'node_modules'))
}
