/** Values of a JSON schema: valid ones, and ones with one fault. Seeded. */
import type { Random } from '../../chaos/random.ts'

/** The keywords that the schemas of `/openapi.json` use. */
export interface JsonSchema {
  readonly type?: string | readonly string[]
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly anyOf?: readonly JsonSchema[]
  readonly oneOf?: readonly JsonSchema[]
  readonly allOf?: readonly JsonSchema[]
  readonly $ref?: string
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: boolean | JsonSchema
  readonly items?: JsonSchema
  readonly minItems?: number
  readonly maxItems?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly minimum?: number
  readonly maximum?: number
  readonly pattern?: string
  readonly format?: string
}

/** What a generator needs besides the schema. */
export interface Vocabulary {
  readonly random: Random
  /** Values of a field or parameter by its name: real ones and invented ones. */
  named(name: string): string | undefined
  /** The schema of a `$ref`. */
  resolve(ref: string): JsonSchema
}

/** Depth of a generated value. Deeper parts are empty. */
const maxDepth = 6
/** Largest valid wait of a request, so that two thousand requests end. Milliseconds. */
const maxWaitMs = 300

const words = [
  'tea',
  'first-light',
  'session:x',
  'user:bob',
  'group:x#member',
  '*',
  'viewer',
  'admin',
  'summarize',
  'a b',
  'é👩‍👩‍👧',
  '0',
] as const

/** A value that the schema allows, according to its keywords. `name`: of its field or parameter. */
export function schemaValue(schema: JsonSchema, name: string, vocabulary: Vocabulary, depth = 0): unknown {
  const { random, named } = vocabulary
  const next = (inner: JsonSchema, innerName = name) => schemaValue(inner, innerName, vocabulary, depth + 1)
  if (schema.$ref !== undefined) return next(vocabulary.resolve(schema.$ref))
  if (schema.const !== undefined) return schema.const
  if (schema.enum) return schema.enum[random.below(schema.enum.length)]
  const alternatives = schema.anyOf ?? schema.oneOf
  if (alternatives) return next(alternatives[random.below(alternatives.length)] ?? {})
  if (schema.allOf) return Object.assign({}, ...schema.allOf.map((part) => next(part)))
  const types = [schema.type ?? []].flat()
  const type = types[random.below(types.length)]
  switch (type) {
    case 'object':
      return objectOf(schema, vocabulary, depth)
    case 'array': {
      const min = schema.minItems ?? 0
      const max = Math.min(schema.maxItems ?? 3, min + 3)
      const { items } = schema
      return depth > maxDepth || !items ? [] : Array.from({ length: min + random.below(max - min + 1) }, () => next(items))
    }
    case 'integer':
    case 'number':
      return numberOf(schema, name, random)
    case 'boolean':
      return random.below(2) === 0
    case 'null':
      return null
    case 'string':
      return named(name) ?? stringOf(schema, random)
    default:
      return random.pick([null, 'anything', 1, {}, []])
  }
}

function objectOf({ properties = {}, required = [], additionalProperties }: JsonSchema, vocabulary: Vocabulary, depth: number): object {
  const { random } = vocabulary
  const entries = Object.entries(properties).flatMap(([key, inner]) =>
    required.includes(key) || (depth <= maxDepth && random.below(2) === 0) ? [[key, schemaValue(inner, key, vocabulary, depth + 1)]] : [],
  )
  const extraCount = typeof additionalProperties === 'object' && depth <= maxDepth ? random.below(3) : 0
  for (let count = 0; count < extraCount; count += 1)
    entries.push([random.pick(words), schemaValue(additionalProperties as JsonSchema, '', vocabulary, depth + 1)])
  return Object.fromEntries(entries)
}

function numberOf({ minimum = 0, maximum = Number.MAX_SAFE_INTEGER }: JsonSchema, name: string, random: Random): number {
  if (name.endsWith('_ms')) return random.below(maxWaitMs)
  return random.pick([minimum, maximum, Math.min(maximum, minimum + random.below(100)), Math.min(maximum, minimum + 1)])
}

function stringOf({ minLength = 0, maxLength = 200, format }: JsonSchema, random: Random): string {
  if (format === 'uuid') return '018f3b8e-0000-7000-8000-000000000000'
  if (format === 'date-time') return '2026-01-02T03:04:05.000Z'
  if (format === 'uri') return 'https://example.com/x'
  const word = random.pick(words)
  // One in twenty has the greatest length.
  if (random.below(20) === 0) return 'x'.repeat(maxLength)
  return word.padEnd(minLength, 'x').slice(0, maxLength)
}

/** Values that break careless code. */
const hostile: readonly [() => unknown, ...(() => unknown)[]] = [
  () => null,
  () => true,
  () => -1,
  () => 1e308,
  () => 2 ** 53 + 2,
  () => 0.5,
  () => '',
  () => ' ',
  () => '\u0000',
  () => '\ud800',
  () => '\u202e../../etc/passwd',
  () => '__proto__',
  () => 'constructor',
  () => "' OR 1=1 --",
  () => '%00%2f..',
  () => 'x'.repeat(40_000),
  () => [],
  () => [[[[[[[[]]]]]]]],
  () => ({}),
  () => JSON.parse('{"__proto__": {"polluted": true}, "constructor": 1, "toString": null}'),
  () => Array.from({ length: 300 }, (_, index) => index),
  () => nested(2_000),
]

/** A value that breaks careless code. */
export const hostileValue = (random: Random): unknown => random.pick(hostile)()

const nested = (depth: number): unknown => JSON.parse('['.repeat(depth) + ']'.repeat(depth))

/** `value` with one fault at a random place: a value of another kind, a missing field, or an unknown one. */
export function withFault(value: unknown, random: Random): unknown {
  if (typeof value !== 'object' || value === null || random.below(6) === 0) return hostileValue(random)
  if (Array.isArray(value)) {
    if (value.length === 0) return [hostileValue(random)]
    const index = random.below(value.length)
    return value.with(index, withFault(value[index], random))
  }
  const entries = Object.entries(value)
  const index = random.below(entries.length + 1)
  const chosen = entries[index]
  if (!chosen) return { ...value, [random.pick(['tenant', '__proto__x', 'unknown', 'subject', ''])]: hostileValue(random) }
  if (random.below(4) === 0) return Object.fromEntries(entries.toSpliced(index, 1))
  return Object.fromEntries(entries.with(index, [chosen[0], withFault(chosen[1], random)]))
}
