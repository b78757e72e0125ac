/** Checks the purity rule in the whole project. Prints each violation and fails. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../project.ts'
import { sourceFiles } from './files.ts'
import { impurities, saysPure } from './pure.ts'

const sources = sourceFiles().map((file) => ({ file, source: readFileSync(join(root, file), 'utf8') }))
const problems = sources.flatMap(({ file, source }) => impurities(file, source))
for (const problem of problems) console.error(problem)
console.log(`${sources.filter(({ source }) => saysPure(source)).length} pure files: ${problems.length} violations`)
process.exitCode = problems.length === 0 ? 0 : 1
