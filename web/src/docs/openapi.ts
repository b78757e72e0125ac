/** The parts of an OpenAPI 3.1 document that the reference shows. Our own server makes it, so the shape is trusted. */
import { docs } from '../strings/docs.ts'

export interface Schema {
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly title?: string
  readonly description?: string
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly items?: Schema
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
  readonly allOf?: readonly Schema[]
  readonly additionalProperties?: boolean | Schema
  readonly format?: string
  readonly pattern?: string
  readonly minimum?: number
  readonly maximum?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly example?: unknown
}

export interface Parameter {
  readonly name: string
  readonly in: string
  readonly required?: boolean
  readonly description?: string
  readonly schema?: Schema
}

interface Body {
  readonly description?: string
  readonly content?: Readonly<Record<string, { readonly schema?: Schema }>>
}

export interface Operation {
  readonly id: string
  readonly method: string
  readonly path: string
  readonly tag: string
  readonly summary: string
  readonly description: string
  readonly open: boolean
  readonly parameters: readonly Parameter[]
  readonly requestBody: Body | null
  readonly responses: Readonly<Record<string, Body>>
}

interface RawOperation {
  readonly summary?: string
  readonly description?: string
  readonly tags?: readonly string[]
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: Body
  readonly responses?: Readonly<Record<string, Body>>
  readonly security?: readonly unknown[]
}

export interface OpenApi {
  readonly info?: { readonly title?: string; readonly version?: string; readonly description?: string }
  readonly tags?: readonly { readonly name: string }[]
  readonly paths?: Readonly<Record<string, Readonly<Record<string, RawOperation>>>>
  readonly components?: { readonly schemas?: Readonly<Record<string, Schema>> }
}

const methods = ['get', 'post', 'put', 'patch', 'delete'] as const

/** All operations, grouped in the order of the document's tags. */
export function operations(document: OpenApi): Operation[] {
  const all = Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
    methods.flatMap((method) => {
      const raw = item[method]
      return raw === undefined ? [] : [toOperation(method, path, raw)]
    }),
  )
  const tagNames = (document.tags ?? []).map(({ name }) => name)
  const order = ({ tag }: Operation) => (tagNames.includes(tag) ? tagNames.indexOf(tag) : tagNames.length)
  return all.sort((a, b) => order(a) - order(b))
}

const toOperation = (method: string, path: string, raw: RawOperation): Operation => ({
  id: `${method}-${path}`.replace(/[^a-z0-9]+/gi, '-').replace(/-$/, ''),
  method: method.toUpperCase(),
  path,
  tag: raw.tags?.[0] ?? path.replace(/^\/v\d+\//, '/').split('/')[1] ?? docs.general,
  summary: raw.summary ?? path,
  description: raw.description ?? '',
  open: raw.security?.length === 0 || !path.startsWith('/v1/') || path === '/v1/health',
  parameters: raw.parameters ?? [],
  requestBody: raw.requestBody ?? null,
  responses: raw.responses ?? {},
})

/** Follows a `$ref`. Returns the schema and its name, or null without a name. */
export function resolve(document: OpenApi, schema: Schema): { readonly name: string | null; readonly schema: Schema } {
  const name = schema.$ref?.split('/').at(-1) ?? null
  return { name, schema: (name === null ? schema : document.components?.schemas?.[name]) ?? {} }
}

/** A short name for a type, such as `string[]`. */
export function typeName(document: OpenApi, schema: Schema): string {
  const { name, schema: target } = resolve(document, schema)
  if (target.const !== undefined) return JSON.stringify(target.const)
  if (target.enum) return target.enum.map((value) => JSON.stringify(value)).join(' | ')
  const parts = target.anyOf ?? target.oneOf
  if (parts) return name ?? parts.map((part) => typeName(document, part)).join(' | ')
  if (target.type === 'array') return `${target.items ? typeName(document, target.items) : 'any'}[]`
  if (name !== null && target.properties) return name
  return Array.isArray(target.type) ? target.type.join(' | ') : String(target.type ?? 'any')
}

/** The limits of a value as text; empty without limits. */
export function limitsOf({ minimum, maximum, minLength, maxLength, format }: Schema): string {
  const between = (low: number | undefined, high: number | undefined, unit: (value: string) => string) => {
    if (low !== undefined && high !== undefined) return unit(`${low}–${high}`)
    if (high !== undefined) return docs.limits.atMost({ value: unit(`${high}`) })
    return low === undefined ? '' : docs.limits.atLeast({ value: unit(`${low}`) })
  }
  // JavaScript's own bounds for integers carry no information.
  const high = maximum === Number.MAX_SAFE_INTEGER ? undefined : maximum
  const low = minimum === Number.MIN_SAFE_INTEGER ? undefined : minimum
  return [format ?? '', between(low, high, (value) => value), between(minLength, maxLength, (value) => docs.limits.characters({ value }))]
    .filter(Boolean)
    .join(', ')
}
