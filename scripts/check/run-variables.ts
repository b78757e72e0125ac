/** Checks that the declared variables, each `wrangler.toml` and the code agree. Prints each violation and fails. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { variables } from '../../shared/settings/variables.ts'
import { root, workers } from '../project.ts'
import { configViolations, sourceViolations } from './variables.ts'
import { parseWrangler } from './wrangler.ts'

const read = (file: string): string => readFileSync(join(root, file), 'utf8')
const folders = ['shared', 'durable-objects', 'workers', 'scripts', 'migrations']
const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', ...folders], { cwd: root, encoding: 'utf8' })
const files = listed.split('\n').filter((file) => /\.(?:ts|mjs)$/.test(file) && !file.endsWith('.d.ts'))
const configs = workers.map(({ config }) => ({ file: config, text: read(config) }))
const bindings = new Set(configs.flatMap(({ text }) => parseWrangler(text).bindings))
const problems = [
  ...configs.flatMap(({ file, text }) => configViolations(file, text, variables)),
  ...sourceViolations(
    files.map((file) => ({ file, source: read(file) })),
    bindings,
    variables,
  ),
]
for (const problem of problems) console.error(problem)
console.log(
  `${Object.keys(variables).length} variables, ${configs.length} wrangler files, ${files.length} files: ${problems.length} violations`,
)
process.exitCode = problems.length === 0 ? 0 : 1
