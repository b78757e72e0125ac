/**
 * The import rules. Dependencies point down: `web → shared`, `workers → durable-objects (types only) → shared`. Only the sandbox evaluates
 * policies that are not accepted. A rule is a function of the imports, so a test can plant a violation of each.
 */
import { readFileSync } from 'node:fs'
import { dirname, normalize } from 'node:path'

/** One import: `from` and `to` are paths from the project's root. `isTypeOnly`: it vanishes when types are stripped. */
export interface Import {
  readonly from: string
  readonly to: string
  readonly isTypeOnly: boolean
}

const importStatement =
  /^(?:import|export)\s+(type\s+)?([^'"]*?)\s*(?:from\s*)?['"](\.{1,2}\/[^'"?]+)['"]|import\(\s*['"](\.{1,2}\/[^'"]+)['"]\s*\)/gm

/** The relative imports of a TypeScript file. */
export function importsOf(file: string, source: string): Import[] {
  return [...source.matchAll(importStatement)].map(([, type, names = '', path, dynamic]) => ({
    from: file,
    to: normalize(`${dirname(file)}/${path ?? dynamic}`),
    isTypeOnly: type !== undefined || (path !== undefined && isTypesOnly(names)),
  }))
}

/** Whether each name of `{ type A, type B }` is a type. */
function isTypesOnly(names: string): boolean {
  const inner = /^\{([\s\S]*)\}$/.exec(names.trim())?.[1]
  const parts = inner
    ?.split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
  return parts !== undefined && parts.length > 0 && parts.every((part) => part.startsWith('type '))
}

/** Each violation as one sentence. */
export function violations(imports: readonly Import[]): string[] {
  return [...imports.flatMap(directionViolations), ...imports.flatMap(trialViolations), ...cycles(imports)]
}

/** The folder of a deployable: `workers/NAME`, or the top-level folder. */
const partOf = (file: string): string => /^workers\/[^/]+/.exec(file)?.[0] ?? file.split('/')[0] ?? ''

function directionViolations({ from, to, isTypeOnly }: Import): string[] {
  const [source, target] = [partOf(from), partOf(to)]
  if (source === target) return []
  if (source === 'shared') return [`${from} imports ${to}: shared/ imports nothing outside of itself`]
  if (source === 'web') return target === 'shared' ? [] : [`${from} imports ${to}: web/ imports only shared/`]
  if (source === 'durable-objects') return target.startsWith('workers') ? [`${from} imports ${to}: objects do not import Workers`] : []
  if (!source.startsWith('workers')) return []
  if (target === 'durable-objects' && !isTypeOnly) return [`${from} imports ${to}: Workers import types of objects, not values`]
  if (target.startsWith('workers') && !isTypeOnly) return [`${from} imports ${to}: Workers do not import each other`]
  return []
}

/** Where policies and constitutions run that are not accepted yet. */
const sandbox = 'workers/sandbox'
const trialFolder = 'shared/policy/trial/'
/** The evaluator, and what makes a plan ready for it. The decision point alone uses them for decisions. */
const evaluators = /^shared\/(?:rego\/.*|policy\/(?:bundle|evaluate-policy)\.ts|policy\/constitution\/apply\.ts)$/

/** Only the sandbox evaluates untrusted documents. Other Workers decide through the decision point. */
function trialViolations({ from, to, isTypeOnly }: Import): string[] {
  const source = partOf(from)
  const isDeployed = ['shared', 'durable-objects', 'web'].includes(source) || source.startsWith('workers')
  if (isTypeOnly || !isDeployed || source === sandbox || from.startsWith(trialFolder)) return []
  if (to.startsWith(trialFolder)) return [`${from} imports ${to}: only ${sandbox} tries policies`]
  if (source !== 'shared' && evaluators.test(to))
    return [`${from} imports ${to}: only shared/policy/decision-point.ts and ${sandbox} evaluate policies`]
  return []
}

/** Files that import each other in a cycle, types included. One sentence per cycle. */
function cycles(imports: readonly Import[]): string[] {
  const importsByFile = Map.groupBy(imports, ({ from }) => from)
  const cyclesByFiles = new Map<string, string>()
  const finished = new Set<string>()
  const visit = (file: string, path: readonly string[]): void => {
    const start = path.indexOf(file)
    if (start >= 0) {
      const cycle = path.slice(start)
      cyclesByFiles.set([...cycle].sort().join(' '), [...cycle, file].join(' → '))
      return
    }
    if (finished.has(file)) return
    for (const { to } of importsByFile.get(file) ?? []) visit(to, [...path, file])
    finished.add(file)
  }
  for (const file of importsByFile.keys()) visit(file, [])
  return [...cyclesByFiles.values()].map((cycle) => `an import cycle: ${cycle}`)
}

/** The imports of `files`, read from `root`. */
export const readImports = (root: string, files: readonly string[]): Import[] =>
  files.flatMap((file) => importsOf(file, readFileSync(`${root}/${file}`, 'utf8')))
