/** The tenant settings as tables, from their JSON Schema. Pure. */

/** The part of JSON Schema that the settings use. */
export interface SchemaNode {
  readonly type?: string
  readonly $ref?: string
  readonly $defs?: Readonly<Record<string, SchemaNode>>
  readonly description?: string
  readonly default?: unknown
  readonly enum?: readonly unknown[]
  readonly anyOf?: readonly SchemaNode[]
  readonly properties?: Readonly<Record<string, SchemaNode>>
  readonly propertyNames?: SchemaNode
  readonly additionalProperties?: boolean | SchemaNode
  readonly minimum?: number
  readonly maximum?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly pattern?: string
}

interface Context {
  readonly definitions: Readonly<Record<string, SchemaNode>>
  /** The descriptions of the enclosing settings. They precede the setting's own description. */
  readonly parentDescription: string
  readonly fallback: unknown
}

/** A section of the settings, as a table. */
export interface SettingsSection {
  readonly name: string
  readonly description: string
  /** Name, type and unit, default, limits, description of each setting. */
  readonly rows: readonly string[][]
}

/** The sections in order. Throws if a section or a setting has no description. */
export function settingSections(schema: SchemaNode): SettingsSection[] {
  const definitions = schema.$defs ?? {}
  return Object.entries(resolve(schema, definitions).properties ?? {}).map(([name, section]) => {
    const { description, ...node } = { ...resolve(section, definitions), ...withoutRef(section) }
    if (description === undefined) throw new Error(`The section ${name} has no description.`)
    return { name, description: `${description}.`, rows: rowsOf(name, node, { definitions, parentDescription: '', fallback: undefined }) }
  })
}

function rowsOf(name: string, setting: SchemaNode, context: Context): string[][] {
  const node = { ...resolve(setting, context.definitions), ...withoutRef(setting) }
  const fallback = context.fallback ?? node.default
  const fullDescription = [context.parentDescription, node.description].filter(Boolean).join('. ')
  const childRows = (key: string, child: SchemaNode, byDefault: unknown) =>
    rowsOf(`${name}.${key}`, child, { ...context, parentDescription: fullDescription, fallback: byDefault })
  if (node.properties) {
    const defaults = isFields(fallback) ? fallback : {}
    return Object.entries(node.properties).flatMap(([key, child]) => childRows(key, child, defaults[key]))
  }
  const values = typeof node.additionalProperties === 'object' ? resolve(node.additionalProperties, context.definitions) : undefined
  if (values?.properties) return childRows('NAME', values, undefined)
  if (values?.enum) return (node.propertyNames?.enum ?? ['NAME']).flatMap((key) => childRows(String(key), values, undefined))
  if (fullDescription === '') throw new Error(`The setting ${name} has no description.`)
  return [
    [
      `\`${name}\``,
      typeOf(name, node),
      fallback === undefined ? 'none' : `\`${JSON.stringify(fallback)}\``,
      limitsOf(node),
      `${fullDescription}.`,
    ],
  ]
}

const withoutRef = ({ $ref: _, ...rest }: SchemaNode): SchemaNode => rest

const resolve = (node: SchemaNode, definitions: Context['definitions']): SchemaNode =>
  node.$ref === undefined ? node : (definitions[node.$ref.replace('#/$defs/', '')] ?? {})

const isFields = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null

function typeOf(name: string, node: SchemaNode): string {
  if (node.anyOf) return node.anyOf.map((choice) => typeOf('', choice)).join(' or ')
  const type = node.enum ? node.enum.map((value) => `\`${value}\``).join(', ') : (node.type ?? 'any')
  const unit = units.find(([suffix]) => name.endsWith(suffix))?.[1]
  return unit ? `${type}, ${unit}` : type
}

/** The unit of a setting, by the end of its name. */
const units: readonly (readonly [string, string])[] = [
  ['requests_per_minute', 'requests per minute'],
  ['tokens_per_day', 'tokens per day'],
  ['money_per_day', 'currency units per day'],
  ['_per_million', 'currency units per million tokens'],
  ['window_seconds', 'seconds'],
  ['_tokens', 'tokens'],
  ['.limit', 'requests'],
]

function limitsOf(node: SchemaNode): string {
  const { minimum, maximum, minLength, maxLength, pattern } = node.anyOf?.find(({ type }) => type !== 'null') ?? node
  if (minimum !== undefined && maximum !== undefined) return `${minimum} to ${maximum}`
  if (maxLength !== undefined) return `${minLength ?? 0} to ${maxLength} characters`
  return pattern === undefined ? '–' : pattern === '^[A-Z]{3}$' ? 'three capital letters' : 'a name'
}
