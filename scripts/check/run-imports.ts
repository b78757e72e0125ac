/** Checks the import rules of the whole project. Prints each violation and fails. */
import { root } from '../project.ts'
import { sourceFiles } from './files.ts'
import { readImports, violations } from './imports.ts'

const files = sourceFiles()
const imports = readImports(root, files)
const problems = violations(imports)
for (const problem of problems) console.error(problem)
console.log(`${imports.length} imports of ${files.length} files: ${problems.length} violations`)
process.exitCode = problems.length === 0 ? 0 : 1
