/** Checks a value by a JSON Schema in bounded time. Pure. Regular expressions take linear time, and fuel bounds the rest. */
import { escapeStep } from '../lib/json-pointer.ts'
import { Regex } from '../regex/regex.ts'
import { type JsonSchema, type JsonType, referencedSchema } from './schema.ts'

/** The first place where a value differs from its schema. */
export interface ValueProblem {
  /** A JSON pointer; '' for the whole value. */
  readonly path: string
  readonly detail: string
}

/** Steps of one check. A schema at one value takes one. So does each name, each character of a pattern's text, and each comparison. */
const maxFuel = 250_000
/** Schemas within each other at one place of a check, with those that `$ref` names. */
const maxDepth = 200

/** The check is too long, or its schema leads into itself. */
class TooMuch {
  readonly detail: string
  constructor(detail: string) {
    this.detail = detail
  }
}

/** The first problem of `value`. Undefined: it follows `schema`, which `schemaProblem` accepted. */
export function valueProblem(schema: JsonSchema, value: unknown): ValueProblem | undefined {
  try {
    return new Check(schema).problem(schema, value, '', 0)
  } catch (error) {
    if (error instanceof TooMuch) return { path: '', detail: error.detail }
    throw error
  }
}

type JsonObject = Readonly<Record<string, unknown>>
type Schema = JsonSchema | boolean

const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value)

const isOfType: Readonly<Record<JsonType, (value: unknown) => boolean>> = {
  string: (value) => typeof value === 'string',
  number: (value) => typeof value === 'number',
  integer: Number.isInteger,
  boolean: (value) => typeof value === 'boolean',
  null: (value) => value === null,
  object: isObject,
  array: Array.isArray,
}

class Check {
  readonly #root: JsonSchema
  readonly #patterns = new Map<string, Regex>()
  #fuel = maxFuel

  constructor(root: JsonSchema) {
    this.#root = root
  }

  problem(schema: Schema, value: unknown, path: string, depth: number): ValueProblem | undefined {
    this.#spend(1)
    if (depth > maxDepth) throw new TooMuch('is nested too deeply to be checked')
    const wrong = (detail: string): ValueProblem => ({ path, detail })
    if (typeof schema === 'boolean') return schema ? undefined : wrong('is not allowed')
    const { type, enum: choices, $ref } = schema
    const types = type === undefined ? [] : ([type].flat() as JsonType[])
    if (types.length > 0 && !types.some((name) => isOfType[name](value))) return wrong(`must be of the type ${types.join(' or ')}`)
    if (Array.isArray(choices) && !choices.some((choice) => this.#isEqual(choice, value, depth)))
      return wrong('must be one of the values of `enum`')
    if (Object.hasOwn(schema, 'const') && !this.#isEqual(schema.const, value, depth)) return wrong('must be the value of `const`')
    const target = typeof $ref === 'string' ? referencedSchema(this.#root, $ref) : undefined
    const detail =
      typeof value === 'number' ? numberDetail(schema, value) : typeof value === 'string' ? this.#textDetail(schema, value) : undefined
    if (detail !== undefined) return wrong(detail)
    return (
      (target === undefined ? undefined : this.problem(target, value, path, depth + 1)) ??
      (Array.isArray(value) ? this.#inList(schema, value, path, depth) : undefined) ??
      (isObject(value) ? this.#inObject(schema, value, path, depth) : undefined) ??
      this.#combined(schema, value, path, depth)
    )
  }

  #spend(steps: number): void {
    this.#fuel -= steps
    if (this.#fuel < 0) throw new TooMuch('is too large to be checked')
  }

  #textDetail({ minLength, maxLength, pattern }: JsonSchema, text: string): string | undefined {
    // Characters are counted fast.
    this.#spend(text.length >> 6)
    const length = minLength === undefined && maxLength === undefined ? 0 : [...text].length
    if (length < Number(minLength ?? 0)) return `must have at least ${minLength} characters`
    if (length > Number(maxLength ?? length)) return `must have at most ${maxLength} characters`
    if (typeof pattern !== 'string' || this.#matches(pattern, text)) return undefined
    return 'must match the pattern of its schema'
  }

  #matches(pattern: string, text: string): boolean {
    const spend = (steps: number) => this.#spend(steps)
    const regex = this.#patterns.get(pattern) ?? new Regex(pattern, spend)
    this.#patterns.set(pattern, regex)
    return regex.test(text, spend)
  }

  #inList(schema: JsonSchema, list: readonly unknown[], path: string, depth: number): ValueProblem | undefined {
    const { minItems, maxItems, uniqueItems, prefixItems = [], items = true } = schema
    if (list.length < Number(minItems ?? 0)) return { path, detail: `must have at least ${minItems} items` }
    if (list.length > Number(maxItems ?? list.length)) return { path, detail: `must have at most ${maxItems} items` }
    const first = prefixItems as readonly Schema[]
    for (const [index, item] of list.entries()) {
      const problem = this.problem(first[index] ?? (items as Schema), item, `${path}/${index}`, depth + 1)
      if (problem) return problem
      if (uniqueItems === true && list.slice(0, index).some((before) => this.#isEqual(before, item, depth)))
        return { path: `${path}/${index}`, detail: 'must not repeat an earlier item' }
    }
    return undefined
  }

  #inObject(schema: JsonSchema, object: JsonObject, path: string, depth: number): ValueProblem | undefined {
    const { properties = {}, additionalProperties = true, required = [], minProperties, maxProperties } = schema
    const names = Object.keys(object)
    this.#spend(names.length)
    const missing = (required as readonly string[]).find((name) => !Object.hasOwn(object, name))
    if (missing !== undefined) return { path: `${path}/${escapeStep(missing)}`, detail: 'is missing' }
    if (names.length < Number(minProperties ?? 0)) return { path, detail: `must have at least ${minProperties} properties` }
    if (names.length > Number(maxProperties ?? names.length)) return { path, detail: `must have at most ${maxProperties} properties` }
    const known = properties as Readonly<Record<string, Schema>>
    for (const name of names) {
      const own = Object.hasOwn(known, name) ? known[name] : undefined
      const problem = this.problem(own ?? (additionalProperties as Schema), object[name], `${path}/${escapeStep(name)}`, depth + 1)
      if (problem) return problem
    }
    return undefined
  }

  #combined({ allOf = [], anyOf, oneOf, not }: JsonSchema, value: unknown, path: string, depth: number): ValueProblem | undefined {
    const problemBy = (schema: Schema) => this.problem(schema, value, path, depth + 1)
    for (const schema of allOf as readonly Schema[]) {
      const problem = problemBy(schema)
      if (problem) return problem
    }
    if (Array.isArray(anyOf)) {
      const problems = firstProblems(anyOf, problemBy)
      if (problems.length === anyOf.length) return closest(problems, { path, detail: 'must follow one of the schemas of `anyOf`' })
    }
    if (Array.isArray(oneOf)) {
      const problems = oneOf.flatMap((schema) => problemBy(schema) ?? [])
      if (problems.length === oneOf.length) return closest(problems, { path, detail: 'must follow one of the schemas of `oneOf`' })
      if (problems.length < oneOf.length - 1) return { path, detail: 'must follow only one of the schemas of `oneOf`' }
    }
    if (not !== undefined && !problemBy(not as Schema)) return { path, detail: 'must not follow the schema of `not`' }
    return undefined
  }

  #isEqual(a: unknown, b: unknown, depth: number): boolean {
    this.#spend(1)
    if (depth > maxDepth) throw new TooMuch('is nested too deeply to be checked')
    if (Array.isArray(a) && Array.isArray(b))
      return a.length === b.length && a.every((item, index) => this.#isEqual(item, b[index], depth + 1))
    if (!isObject(a) || !isObject(b)) return a === b
    const names = Object.keys(a)
    return (
      names.length === Object.keys(b).length && names.every((name) => Object.hasOwn(b, name) && this.#isEqual(a[name], b[name], depth + 1))
    )
  }
}

/** The problems up to the first schema that has none. */
function firstProblems(schemas: readonly Schema[], problemBy: (schema: Schema) => ValueProblem | undefined): ValueProblem[] {
  const problems: ValueProblem[] = []
  for (const schema of schemas) {
    const problem = problemBy(schema)
    if (!problem) break
    problems.push(problem)
  }
  return problems
}

/** The problem of the schema that fits furthest into the value. Problems of the value itself say less than `general`. */
const closest = (problems: readonly ValueProblem[], general: ValueProblem): ValueProblem =>
  problems.reduce((best, problem) => (problem.path.length > best.path.length ? problem : best), general)

function numberDetail({ minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf }: JsonSchema, value: number): string | undefined {
  if (value < Number(minimum ?? value)) return `must be at least ${minimum}`
  if (value > Number(maximum ?? value)) return `must be at most ${maximum}`
  if (exclusiveMinimum !== undefined && value <= Number(exclusiveMinimum)) return `must be more than ${exclusiveMinimum}`
  if (exclusiveMaximum !== undefined && value >= Number(exclusiveMaximum)) return `must be less than ${exclusiveMaximum}`
  if (multipleOf === undefined) return undefined
  const quotient = value / Number(multipleOf)
  // A quotient of fractions is not exact.
  const isMultiple = Math.abs(quotient - Math.round(quotient)) <= 1e-9 * Math.max(1, Math.abs(quotient))
  return isMultiple ? undefined : `must be a multiple of ${multipleOf}`
}
