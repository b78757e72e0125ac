/** Fails when a document of the repository names a file, folder, heading or npm script that does not exist. */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../project.ts'
import { missingIn, type Project } from './docs.ts'

function readProject(): Project {
  const skipped = new Set(['node_modules', '.git', '.soma', 'dist', '.wrangler'])
  const entries = globSync('**/*', { cwd: root, withFileTypes: true, exclude: ({ name }) => skipped.has(name) })
  const path = (entry: (typeof entries)[number]) => join(entry.parentPath, entry.name).slice(root.length + 1)
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  return {
    files: new Set(entries.filter((entry) => entry.isFile()).map(path)),
    folders: new Set(entries.filter((entry) => entry.isDirectory()).map((entry) => `${path(entry)}/`)),
    scripts: new Set(Object.keys(scripts)),
    read: (file) => readFileSync(join(root, file), 'utf8'),
  }
}

const project = readProject()
const documents = [...project.files].filter((file) => file.endsWith('.md')).sort()
const missing = documents.flatMap((file) => missingIn(file, project))
for (const line of missing) console.error(line)
if (missing.length > 0) process.exitCode = 1
else console.log(`${documents.length} documents name only what exists`)
