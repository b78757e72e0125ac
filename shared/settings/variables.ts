/**
 * Every variable that a Worker or a command reads from its environment, by noun. All are read through this file. `npm run generate` writes
 * docs/configuration.md from it. `npm run check` fails on a variable that is missing here, or unused.
 */
import { isolateLogger } from '../log.ts'
import { InvalidVariable, parseVariable, type ValueOf, type Variable } from './variable.ts'
import { codeVariables } from './variables/code.ts'
import { commandVariables } from './variables/commands.ts'
import { connectorVariables } from './variables/connectors.ts'
import { copyVariables } from './variables/copies.ts'
import { fileVariables } from './variables/files.ts'
import { httpVariables } from './variables/http.ts'
import { identityVariables } from './variables/identity.ts'
import { limitVariables } from './variables/limits.ts'
import { logVariables } from './variables/logs.ts'
import { modelVariables } from './variables/models.ts'
import { policyVariables } from './variables/policy.ts'
import { secretVariables } from './variables/secrets.ts'
import { sessionVariables } from './variables/sessions.ts'

/** The variables by noun, in the order of the documentation. */
export const variablesByNoun = {
  Sessions: sessionVariables,
  Models: modelVariables,
  'Web and MCP': connectorVariables,
  Secrets: secretVariables,
  Programs: codeVariables,
  Files: fileVariables,
  'HTTP interface': httpVariables,
  'Identity and sign-in': identityVariables,
  Limits: limitVariables,
  'Policy, relations and audit': policyVariables,
  'Copies in Postgres and Kafka': copyVariables,
  Logs: logVariables,
  Commands: commandVariables,
} as const satisfies Record<string, Record<string, Variable>>

/** All variables by name. */
export const variables = {
  ...sessionVariables,
  ...modelVariables,
  ...connectorVariables,
  ...secretVariables,
  ...codeVariables,
  ...fileVariables,
  ...httpVariables,
  ...identityVariables,
  ...limitVariables,
  ...policyVariables,
  ...copyVariables,
  ...logVariables,
  ...commandVariables,
} as const satisfies Record<string, Variable>

type Variables = typeof variables

/** The name of a variable. */
export type VariableName = keyof Variables

/** An environment that may set the variable `N`: a Worker's bindings, or `process.env`. */
export type Environment<N extends VariableName> = { readonly [K in N]?: string | undefined }

/** The last value of each variable. An isolate parses a text once, and again after a change. */
const parsedValues = new Map<VariableName, { readonly text: string | undefined; readonly value: unknown }>()
/** The wrong texts that were logged. */
const loggedTexts = new Map<VariableName, string | undefined>()

/**
 * The value of `name` in `env`. A wrong value is logged once, without the value.
 * Throws `InvalidVariable` where the declaration says `refuse`; otherwise returns the replacement of the declaration.
 */
export function readVariable<N extends VariableName>(env: Environment<NoInfer<N>>, name: N): ValueOf<Variables[N]> {
  const text: string | undefined = env[name]
  const cached = parsedValues.get(name)
  if (cached !== undefined && cached.text === text) return cached.value as ValueOf<Variables[N]>
  const variable: Variable = variables[name]
  const parsed = parseVariable(variable, text)
  if (!parsed.ok) {
    const invalid = new InvalidVariable(name, parsed.error.expected)
    if (!loggedTexts.has(name) || loggedTexts.get(name) !== text)
      isolateLogger().write('variable.invalid', { error: invalid, variable: name, instead: variable.ifWrong ?? 'refuse' })
    loggedTexts.set(name, text)
    if (variable.ifWrong === undefined || variable.ifWrong === 'refuse') throw invalid
  }
  const value = parsed.ok ? parsed.value : parsed.error.replacement
  parsedValues.set(name, { text: text, value })
  // The table maps each name to its type; the compiler cannot follow it through the map.
  return value as ValueOf<Variables[N]>
}

/** The text that `env` sets for `name`, for commands that pass it on. Undefined: it is not set; `''` may be a value. */
export const variableText = <N extends VariableName>(env: Environment<NoInfer<N>>, name: N): string | undefined => env[name]

/** The invalid variables of `env`, one sentence each. Quotes no value that may hold a secret or an address. */
export function wrongVariables(env: Readonly<Record<string, string | undefined>>): string[] {
  return Object.entries<Variable>(variables).flatMap(([name, variable]) => {
    const text = env[name]
    const parsed = parseVariable(variable, text)
    if (parsed.ok) return []
    const isQuotable = !variable.secret && !['url', 'origins', 'json'].includes(variable.kind)
    return [`${name} must be ${parsed.error.expected}${isQuotable ? `, not ${JSON.stringify(text)}` : ''}.`]
  })
}
