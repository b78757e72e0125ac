/**
 * Request schemas that refuse unknown fields by name. One rule for every route: `closeSchema` turns each object of a schema that would drop
 * unknown fields into one that refuses them. Records and `looseObject` stay open, because their fields are the client's own.
 */
import { z } from 'zod'
import { nearestName } from '../lib/nearest-name.ts'

/** Schemas of stored documents, such as an export. A newer version may have written fields that this one does not know. */
const documents = new WeakSet<z.core.$ZodType>()

/** Marks the schema of a stored document. Its unknown fields are dropped, not refused. */
export function storedDocument<T extends z.ZodType>(schema: T): T {
  documents.add(schema)
  return schema
}

const closedSchemas = new WeakMap<z.core.$ZodType, z.core.$ZodType>()

/** `schema`, with every object in it closed. The same schema gives the same result. Types and values of valid input do not change. */
export function closeSchema<T extends z.core.$ZodType>(schema: T): T {
  const cached = closedSchemas.get(schema)
  if (cached) return cached as T
  const result = documents.has(schema) ? schema : closeParts(schema)
  closedSchemas.set(schema, result)
  return result as T
}

function closeParts(schema: z.core.$ZodType): z.core.$ZodType {
  const { def } = (schema as z.core.$ZodTypes)._zod
  switch (def.type) {
    case 'object': {
      const shape = mapValues(def.shape)
      const catchall = def.catchall ?? z.never()
      return shape === def.shape && catchall === def.catchall ? schema : withDefinition(schema, { ...def, shape, catchall })
    }
    case 'optional':
    case 'nullable':
    case 'nonoptional':
    case 'default':
    case 'prefault':
    case 'readonly':
      return withPart(schema, def, 'innerType', closeSchema(def.innerType))
    case 'array':
      return withPart(schema, def, 'element', closeSchema(def.element))
    case 'record':
      return withPart(schema, def, 'valueType', closeSchema(def.valueType))
    case 'pipe':
      return withPart(schema, def, 'in', closeSchema(def.in))
    case 'union': {
      const options = def.options.map((option) => closeSchema(option))
      return options.every((option, index) => option === def.options[index]) ? schema : withDefinition(schema, { ...def, options })
    }
    default:
      return schema
  }
}

/** `shape` itself if no part changes. */
function mapValues(shape: Readonly<Record<string, z.core.$ZodType>>): Readonly<Record<string, z.core.$ZodType>> {
  const entries = Object.entries(shape).map(([name, part]) => [name, closeSchema(part)] as const)
  return entries.every(([name, part]) => part === shape[name]) ? shape : Object.fromEntries(entries)
}

const withPart = <D extends z.core.$ZodTypeDef>(schema: z.core.$ZodType, def: D, part: keyof D & string, value: D[keyof D & string]) =>
  def[part] === value ? schema : withDefinition(schema, { ...def, [part]: value })

/** A copy with another definition. It keeps the description, but not the name under which `/openapi.json` lists the schema. */
function withDefinition(schema: z.core.$ZodType, def: object): z.core.$ZodType {
  const copy = z.core.clone(schema, def as z.core.$ZodTypeDef)
  const { id: _, ...meta } = z.globalRegistry.get(schema) ?? {}
  if (Object.keys(meta).length > 0) z.globalRegistry.add(copy, meta)
  return copy
}

/** The fields of the object that refused `keys`, by that list. Zod's issue keeps the list itself, but not the schema. */
const knownFields = new WeakMap<readonly string[], readonly string[]>()

/** Names the fields of a closed object for `unknownFieldText`. Set once as `customError` in `z.config`. */
export const rememberKnownFields: z.core.$ZodErrorMap = (issue) => {
  if (issue.code !== 'unrecognized_keys') return undefined
  const def = (issue.inst as z.core.$ZodTypes | undefined)?._zod.def
  if (def?.type === 'object') knownFields.set(issue.keys, Object.keys(def.shape))
  if (def?.type === 'record') knownFields.set(issue.keys, [...(def.keyType._zod.values ?? [])].map(String))
  return undefined
}

/** The error text for the unknown field `key`. `keys`: all unknown fields of the issue. */
export function unknownFieldText(key: string, keys: readonly string[]): string {
  const nearest = nearestName(key, knownFields.get(keys) ?? [])
  return nearest === undefined ? 'is not a known field' : `is not a known field; did you mean \`${nearest}\`?`
}
