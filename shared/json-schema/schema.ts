/**
 * The JSON Schemas that we accept: a part of draft 2020-12 that can be checked in bounded time. Pure. A keyword that is not listed here is
 * refused, so no schema asks for something that is not checked.
 */

import { Regex } from '../regex/regex.ts'
import { BadPattern } from '../regex/syntax.ts'

/** The bounds of a schema. */
export const schemaLimits = {
  /** UTF-16 units as JSON. */
  units: 16_384,
  /** Schemas within schemas. */
  depth: 16,
  /** Schemas in all, with each value of an `enum`. */
  schemas: 1_000,
} as const

/** A schema that `schemaProblem` accepts. Not `unknown`: what a call between Workers returns must have a type of values. */
export type JsonSchema = Readonly<Record<string, string | number | boolean | object | null>>

/** What is wrong, and where: the steps from the outermost schema. */
export interface SchemaProblem {
  readonly path: readonly (string | number)[]
  readonly detail: string
}

/** The types that a value can have. */
export const jsonTypes = ['string', 'number', 'integer', 'boolean', 'null', 'object', 'array'] as const
export type JsonType = (typeof jsonTypes)[number]

type Path = SchemaProblem['path']

const isObject = (value: unknown): value is JsonSchema => typeof value === 'object' && value !== null && !Array.isArray(value)
const isType = (value: unknown): boolean => jsonTypes.some((type) => type === value)
const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= 0
const isTexts = (value: unknown): boolean => Array.isArray(value) && value.every((text) => typeof text === 'string')
const isList = (value: unknown): boolean => Array.isArray(value) && value.length > 0

/** The keywords with a plain value: whether the value is one, and what it must be. */
const plainKeywords: Readonly<Record<string, readonly [isValid: (value: unknown) => boolean, must: string]>> = {
  type: [
    (value) => isType(value) || (isList(value) && (value as unknown[]).every(isType)),
    `must be one of ${jsonTypes.join(', ')}, or a list of them`,
  ],
  enum: [isList, 'must be a list with at least one value'],
  const: [() => true, ''],
  required: [isTexts, 'must be a list of names'],
  minLength: [isCount, 'must be a whole number from 0'],
  maxLength: [isCount, 'must be a whole number from 0'],
  minItems: [isCount, 'must be a whole number from 0'],
  maxItems: [isCount, 'must be a whole number from 0'],
  minProperties: [isCount, 'must be a whole number from 0'],
  maxProperties: [isCount, 'must be a whole number from 0'],
  minimum: [Number.isFinite, 'must be a number'],
  maximum: [Number.isFinite, 'must be a number'],
  exclusiveMinimum: [Number.isFinite, 'must be a number'],
  exclusiveMaximum: [Number.isFinite, 'must be a number'],
  multipleOf: [(value) => Number.isFinite(value) && Number(value) > 0, 'must be a number above 0'],
  uniqueItems: [(value) => typeof value === 'boolean', 'must be true or false'],
}

/** Keywords that describe and check nothing. */
const annotations: ReadonlySet<string> = new Set([
  'title',
  'description',
  'default',
  'examples',
  'format',
  '$schema',
  '$comment',
  'deprecated',
])
/** Keywords whose value is a schema, a list of schemas, or schemas by name. */
const schemaKeywords: ReadonlySet<string> = new Set(['items', 'additionalProperties', 'not'])
const listKeywords: ReadonlySet<string> = new Set(['allOf', 'anyOf', 'oneOf', 'prefixItems'])
const mapKeywords: ReadonlySet<string> = new Set(['properties', '$defs', 'definitions'])

/** The first problem of `schema`. Undefined: it is a schema that can be checked. */
export function schemaProblem(schema: unknown): SchemaProblem | undefined {
  if (!isObject(schema)) return { path: [], detail: 'must be an object' }
  if (isDeeper(schema, 4 * schemaLimits.depth)) return { path: [], detail: 'must not be nested so deeply' }
  if (JSON.stringify(schema).length > schemaLimits.units)
    return { path: [], detail: `must have at most ${schemaLimits.units} UTF-16 units as JSON` }
  return new SchemaCheck(schema).problem(schema, [], 0)
}

/** Whether `value` has more than `levels` of lists and objects. */
const isDeeper = (value: unknown, levels: number): boolean =>
  typeof value === 'object' && value !== null && (levels === 0 || Object.values(value).some((part) => isDeeper(part, levels - 1)))

class SchemaCheck {
  readonly #root: JsonSchema
  #schemas = 0

  constructor(root: JsonSchema) {
    this.#root = root
  }

  problem(schema: unknown, path: Path, depth: number): SchemaProblem | undefined {
    if (typeof schema === 'boolean') return undefined
    if (!isObject(schema)) return { path, detail: 'must be a schema: an object, true or false' }
    this.#schemas += 1 + (Array.isArray(schema.enum) ? schema.enum.length : 0)
    if (depth > schemaLimits.depth) return { path, detail: `must be at most ${schemaLimits.depth} schemas deep` }
    if (this.#schemas > schemaLimits.schemas) return { path, detail: `must have at most ${schemaLimits.schemas} schemas and values` }
    for (const [keyword, value] of Object.entries(schema)) {
      const problem = this.#keyword(keyword, value, [...path, keyword], depth)
      if (problem) return problem
    }
    return undefined
  }

  #keyword(keyword: string, value: unknown, path: Path, depth: number): SchemaProblem | undefined {
    if (annotations.has(keyword)) return undefined
    if (Object.hasOwn(plainKeywords, keyword)) {
      const [isValid, detail] = plainKeywords[keyword] ?? []
      return isValid?.(value) ? undefined : { path, detail: detail ?? '' }
    }
    if (keyword === 'pattern') return patternProblem(value, path)
    if (keyword === '$ref') return this.#reference(value, path)
    if (schemaKeywords.has(keyword)) return this.problem(value, path, depth + 1)
    if (listKeywords.has(keyword)) {
      if (!Array.isArray(value) || value.length === 0) return { path, detail: 'must be a list with at least one schema' }
      return this.#first(value.entries(), path, depth)
    }
    if (!mapKeywords.has(keyword)) return { path, detail: 'is not a keyword that is checked here' }
    if (!isObject(value)) return { path, detail: 'must be an object of schemas' }
    return this.#first(Object.entries(value), path, depth)
  }

  #first(schemas: Iterable<readonly [string | number, unknown]>, path: Path, depth: number): SchemaProblem | undefined {
    for (const [step, schema] of schemas) {
      const problem = this.problem(schema, [...path, step], depth + 1)
      if (problem) return problem
    }
    return undefined
  }

  #reference(value: unknown, path: Path): SchemaProblem | undefined {
    if (typeof value !== 'string') return { path, detail: 'must be a text' }
    const isKnown = referencedSchema(this.#root, value) !== undefined
    return isKnown ? undefined : { path, detail: 'must be "#", or "#/$defs/NAME" of a schema that exists' }
  }
}

/** The schema that `$ref` names within `root`. Undefined: there is none. */
export function referencedSchema(root: JsonSchema, reference: string): JsonSchema | boolean | undefined {
  if (reference === '#') return root
  const [, keyword = '', step = ''] = /^#\/(\$defs|definitions)\/([^/]+)$/.exec(reference) ?? []
  const schemas = Object.hasOwn(root, keyword) ? root[keyword] : undefined
  const name = step.replaceAll('~1', '/').replaceAll('~0', '~')
  const schema = isObject(schemas) && Object.hasOwn(schemas, name) ? schemas[name] : undefined
  return isObject(schema) || typeof schema === 'boolean' ? schema : undefined
}

function patternProblem(pattern: unknown, path: Path): SchemaProblem | undefined {
  if (typeof pattern !== 'string') return { path, detail: 'must be a text' }
  try {
    new Regex(pattern)
    return undefined
  } catch (error) {
    if (!(error instanceof BadPattern)) throw error
    return { path, detail: `must be a regular expression in RE2 syntax: ${error.message}` }
  }
}
