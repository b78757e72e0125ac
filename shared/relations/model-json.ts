/** The JSON form of a model in OpenFGA's API, and its parser. Pure. Ignores unknown fields, and refuses any other mistake. */
import { fail, ok, type Result } from '../result.ts'
import type { ModelFailure } from './failure.ts'

/** A rewrite. Exactly one field is present. */
export interface UsersetJson {
  readonly this?: Record<string, never>
  readonly computedUserset?: { readonly relation: string }
  readonly tupleToUserset?: { readonly tupleset: { readonly relation: string }; readonly computedUserset: { readonly relation: string } }
  readonly union?: { readonly child: readonly UsersetJson[] }
  readonly intersection?: { readonly child: readonly UsersetJson[] }
  readonly difference?: { readonly base: UsersetJson; readonly subtract: UsersetJson }
}

/** A type restriction. */
export interface RestrictionJson {
  readonly type: string
  readonly relation?: string
  readonly wildcard?: Record<string, never>
  readonly condition?: string
}

/** The type of a condition's parameter. */
export interface ParameterJson {
  readonly type_name: string
  readonly generic_types?: readonly ParameterJson[]
}

/** A condition with its CEL expression. */
export interface ConditionJson {
  readonly name: string
  readonly expression: string
  readonly parameters: Record<string, ParameterJson>
}

/** The body of `POST /stores/{id}/authorization-models`. */
export interface ModelJson {
  readonly schema_version: string
  readonly type_definitions: readonly {
    readonly type: string
    readonly relations: Record<string, UsersetJson>
    readonly metadata: { readonly relations: Record<string, { readonly directly_related_user_types: readonly RestrictionJson[] }> } | null
  }[]
  readonly conditions?: Record<string, ConditionJson>
}

/** How a relation is computed. `from` is "computed from tupleset". */
export type Rewrite =
  | { readonly kind: 'this' }
  | { readonly kind: 'computed'; readonly relation: string }
  | { readonly kind: 'from'; readonly tupleset: string; readonly computed: string }
  | { readonly kind: 'union' | 'intersection'; readonly operands: readonly Rewrite[] }
  | { readonly kind: 'difference'; readonly base: Rewrite; readonly subtract: Rewrite }

/** A directly assignable kind of user: a type, its wildcard, or a userset. `condition` is '' for none. */
export interface Restriction {
  readonly type: string
  readonly relation: string
  readonly wildcard: boolean
  readonly condition: string
}

/** The type of a parameter. `element`: the element type of a list or map; null for others. */
export interface Parameter {
  readonly type: string
  readonly element: Parameter | null
}

/** A model with valid fields. `model.ts` checks that they fit together. */
export interface ParsedModel {
  readonly schema: string
  /** In source order. `AuthorizationModel` refuses duplicate types. */
  readonly types: readonly { readonly type: string; readonly relations: ReadonlyMap<string, ParsedRelation> }[]
  readonly conditions: ReadonlyMap<string, { readonly expression: string; readonly parameters: ReadonlyMap<string, Parameter> }>
}

/** A relation's rewrite and its type restrictions. */
export interface ParsedRelation {
  readonly rewrite: Rewrite
  readonly restrictions: readonly Restriction[]
}

/** Nesting depth of operators. */
const maxDepth = 64

/** OpenFGA's limit on types in a model. */
const maxTypes = 100

class InvalidModel extends Error {}

const reject = (where: string, problem: string): never => {
  throw new InvalidModel(`${where}: ${problem}`)
}

type Fields = { readonly [name: string]: unknown }

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value)

const fields = (value: unknown, where: string): Fields => (isFields(value) ? value : reject(where, 'expected an object'))

/** The field `name`, by its JSON or its protobuf name; null counts as absent. */
function field(source: Fields, name: string): unknown {
  const snake = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
  return (Object.hasOwn(source, name) ? source[name] : Object.hasOwn(source, snake) ? source[snake] : undefined) ?? undefined
}

function text(source: Fields, name: string, where: string): string {
  const value = field(source, name) ?? ''
  return typeof value === 'string' ? value : reject(where, `${name} must be a string`)
}

function list(source: Fields, name: string, where: string): readonly unknown[] {
  const value = field(source, name) ?? []
  return Array.isArray(value) ? value : reject(where, `${name} must be a list`)
}

const entries = (source: Fields, name: string, where: string): [string, unknown][] =>
  Object.entries(fields(field(source, name) ?? {}, where))

const usersetFields = ['this', 'computedUserset', 'tupleToUserset', 'union', 'intersection', 'difference'] as const

function readRewrite(value: unknown, where: string, depth = 0): Rewrite {
  if (depth > maxDepth) reject(where, `operators may be nested ${maxDepth} deep`)
  const json = fields(value, where)
  const kinds = usersetFields.filter((name) => field(json, name) !== undefined)
  const kind = kinds[0]
  if (kind === undefined || kinds.length > 1) return reject(where, `expected one of ${usersetFields.join(', ')}`)
  const body = fields(field(json, kind), where)
  const children = () => list(body, 'child', where).map((child) => readRewrite(child, where, depth + 1))
  const relationIn = (name: string) => text(fields(field(body, name) ?? {}, where), 'relation', where)
  switch (kind) {
    case 'this':
      return { kind: 'this' }
    case 'computedUserset':
      return { kind: 'computed', relation: text(body, 'relation', where) }
    case 'tupleToUserset':
      return { kind: 'from', tupleset: relationIn('tupleset'), computed: relationIn('computedUserset') }
    case 'difference': {
      const [base, subtract] = [field(body, 'base'), field(body, 'subtract')]
      return { kind, base: readRewrite(base, where, depth + 1), subtract: readRewrite(subtract, where, depth + 1) }
    }
    default:
      return { kind, operands: children() }
  }
}

function readRestriction(value: unknown, where: string): Restriction {
  const json = fields(value, where)
  const wildcard = field(json, 'wildcard') !== undefined
  const relation = text(json, 'relation', where)
  if (wildcard && relation !== '') reject(where, 'a type restriction is a wildcard or a userset, not both')
  return { type: text(json, 'type', where), relation, wildcard, condition: text(json, 'condition', where) }
}

function readParameter(value: unknown, where: string, depth = 0): Parameter {
  if (depth > 4) reject(where, 'parameter types may be nested 4 deep')
  const json = fields(value, where)
  const generic = list(json, 'genericTypes', where)
  if (generic.length > 1) reject(where, 'at most one generic type')
  const element = generic.length === 0 ? null : readParameter(generic[0], where, depth + 1)
  return {
    type: text(json, 'typeName', where)
      .replace(/^TYPE_NAME_/, '')
      .toLowerCase(),
    element: element,
  }
}

function readModel(value: unknown): ParsedModel {
  const json = fields(value, 'model')
  const definitions = list(json, 'typeDefinitions', 'model')
  if (definitions.length > maxTypes) reject('model', `at most ${maxTypes} types`)
  const types = definitions.map((definition) => {
    const type = text(fields(definition, 'type'), 'type', 'type')
    const where = `type '${type}'`
    const metadata = fields(field(fields(definition, where), 'metadata') ?? {}, where)
    const metadataByRelation = new Map(entries(metadata, 'relations', where))
    const relations = entries(fields(definition, where), 'relations', where).map(([name, rewrite]): [string, ParsedRelation] => {
      const quotedName = `'${type}#${name}'`
      const restrictions = list(fields(metadataByRelation.get(name) ?? {}, quotedName), 'directlyRelatedUserTypes', quotedName)
      return [
        name,
        {
          rewrite: readRewrite(rewrite, quotedName),
          restrictions: restrictions.map((restriction) => readRestriction(restriction, quotedName)),
        },
      ]
    })
    return { type, relations: new Map(relations) }
  })
  const conditions = entries(json, 'conditions', 'model').map(
    ([key, condition]): [string, ReturnType<ParsedModel['conditions']['get']> & {}] => {
      const where = `condition '${key}'`
      const body = fields(condition, where)
      if (text(body, 'name', where) !== key) reject(where, 'its key does not match its name')
      const parameters = entries(body, 'parameters', where).map(([name, type]): [string, Parameter] => [name, readParameter(type, where)])
      return [key, { expression: text(body, 'expression', where), parameters: new Map(parameters) }]
    },
  )
  return { schema: text(json, 'schemaVersion', 'model'), types, conditions: new Map(conditions) }
}

/** Parses a model by shape. `model.ts` checks that its parts fit together. */
export function readModelJson(value: unknown): Result<ParsedModel, ModelFailure> {
  try {
    return ok(readModel(value))
  } catch (error) {
    if (error instanceof InvalidModel) return fail({ detail: error.message })
    throw error
  }
}
