/** Checks the import rules of the whole project. Prints each violation and fails. */
import { execFileSync } from 'node:child_process'
import { root } from '../project.ts'
import { readImports, violations } from './imports.ts'

const listed = execFileSync(
  'git',
  [
    'ls-files',
    '--cached',
    '--others',
    '--exclude-standard',
    ...['shared', 'durable-objects', 'workers', 'web/src', 'scripts', 'bench', 'migrations'],
  ],
  { cwd: root, encoding: 'utf8' },
)
const files = listed.split('\n').filter((file) => /\.tsx?$/.test(file) && !file.endsWith('.gen.d.ts'))
const imports = readImports(root, files)
const wrong = violations(imports)
for (const sentence of wrong) console.error(sentence)
console.log(`${imports.length} imports of ${files.length} files: ${wrong.length} violations`)
process.exitCode = wrong.length === 0 ? 0 : 1
