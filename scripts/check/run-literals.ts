/** Checks the rules of strings in the web app. Prints each violation and fails. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../project.ts'
import { sourceFiles } from './files.ts'
import { untranslated } from './literal-exceptions.ts'
import { literalViolations } from './literals.ts'

const skipped = ['web/src/strings/', ...untranslated]
const files = sourceFiles().filter((file) => file.startsWith('web/src/') && !skipped.some((path) => file.startsWith(path)))
const problems = files.flatMap((file) => literalViolations(file, readFileSync(join(root, file), 'utf8')))
for (const problem of problems) console.error(problem)
console.log(`${files.length} files of the web app: ${problems.length} literals`)
process.exitCode = problems.length === 0 ? 0 : 1
