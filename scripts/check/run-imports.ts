/** Checks the import rules of the whole project. Prints each violation and fails. */
import { root } from '../project.ts'
import { sourceFiles } from './files.ts'
import { readImports, violations } from './imports.ts'

const files = sourceFiles()
const imports = readImports(root, files)
const wrong = violations(imports)
for (const sentence of wrong) console.error(sentence)
console.log(`${imports.length} imports of ${files.length} files: ${wrong.length} violations`)
process.exitCode = wrong.length === 0 ? 0 : 1
