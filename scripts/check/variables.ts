/**
 * Checks that the declared variables, each `wrangler.toml` and the code agree. Pure: each check is a function of texts, so a test can
 * plant a violation of each.
 */

import type { Variable } from '../../shared/settings/variable.ts'
import { parseWrangler } from './wrangler.ts'

type Variables = Readonly<Record<string, Variable>>

/** The violations of one `wrangler.toml`, one sentence each. */
export function configViolations(file: string, text: string, variables: Variables): string[] {
  const { name, vars, secrets } = parseWrangler(text)
  const worker = name.replace(/^soma-/, '')
  const isReadByWorker = (variable: Variable | undefined) => variable?.readBy.some((reader) => reader === worker) === true
  const undeclared = [...vars.keys(), ...secrets]
    .filter((variable) => !isReadByWorker(variables[variable]))
    .map((variable) => `${file} sets ${variable}: shared/settings/variables.ts does not declare it for ${worker}`)
  const missing = Object.entries(variables)
    .filter(([variable, declared]) => isReadByWorker(declared) && !vars.has(variable) && !secrets.includes(variable))
    .map(([variable]) => `${file} lacks ${variable}, which shared/settings/variables.ts declares for ${worker}`)
  const different = [...vars]
    .filter(([variable, value]) => isReadByWorker(variables[variable]) && variables[variable]?.default !== value)
    .map(([variable]) => `${file} sets ${variable} to another value than its declared default`)
  const undeclaredSecrets = secrets
    .filter((variable) => isReadByWorker(variables[variable]) && variables[variable]?.secret !== true)
    .map((variable) => `${file} requires the secret ${variable}, which is not declared as a secret`)
  return [...undeclared, ...missing, ...different, ...undeclaredSecrets]
}

/** A file and its text. */
export interface SourceFile {
  readonly file: string
  readonly source: string
}

/** Variables that belong to the machine, or that one script passes to another. */
const machineVariables = new Set(['PATH', 'SOMA_TALLY'])

/** The violations of `files`, one sentence each. `bindings`: names in `env` that are not variables. */
export function sourceViolations(files: readonly SourceFile[], bindings: ReadonlySet<string>, variables: Variables): string[] {
  const used = new Set<string>()
  const problems = files.flatMap(({ file, source }) => {
    const code = source.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '')
    const viaReadVariable = [...code.matchAll(/\b(?:readVariable|variableText)\(\s*[\w.#]+,\s*'(\w+)',?\s*\)/g)].map(
      ([, name = '']) => name,
    )
    for (const name of viaReadVariable) used.add(name)
    const bypassingReads = [...new Set(directReads(code))].filter((name) => !bindings.has(name) && !machineVariables.has(name))
    return [
      ...[...viaReadVariable, ...bypassingReads]
        .filter((name) => !Object.hasOwn(variables, name))
        .map((name) => `${file} reads ${name}, which is not declared`),
      ...bypassingReads.filter((name) => Object.hasOwn(variables, name)).map((name) => `${file} reads ${name} without readVariable`),
    ]
  })
  const unused = Object.keys(variables).filter((name) => !used.has(name))
  return [...problems, ...unused.map((name) => `${name} is declared, and no code reads it`)]
}

/** Names that `code` takes from an environment itself: `env.NAME`, `env['NAME']`, `{ NAME } = env` and `({ NAME }: Type)`. */
function directReads(code: string): string[] {
  const members = [...code.matchAll(/\benv\??(?:\.|\[\s*['"])([A-Z][A-Z0-9_]*)\b/g)].map(([, name = '']) => name)
  const patterns = [...code.matchAll(/\{([^{}]*)\}\s*(?::[^=;{}()]*)?=\s*(?:[\w.]*[.#])?env\b/g), ...code.matchAll(/\(\{([^{}]*)\}\s*:/g)]
  const matches = patterns.flatMap(([, names = '']) => [...names.matchAll(/(?:^|[,\s])([A-Z][A-Z0-9_]*)(?=\s*(?:[:,=]|$))/g)])
  return [...members, ...matches.map(([, name = '']) => name)]
}
