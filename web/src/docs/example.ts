/** Builds a curl command that works as it is. */
import { type OpenApi, type Operation, resolve, type Schema } from './openapi.ts'

/** An example value. Its depth is limited, because schemas may refer to themselves. */
function exampleOf(document: OpenApi, reference: Schema, name: string, depth = 0): unknown {
  const { schema } = resolve(document, reference)
  if (schema.example !== undefined) return schema.example
  if (schema.const !== undefined) return schema.const
  if (schema.enum) return schema.enum[0]
  const firstChoice = schema.anyOf?.[0] ?? schema.oneOf?.[0]
  if (firstChoice) return exampleOf(document, firstChoice, name, depth)
  if (schema.properties && depth < 4) {
    const required = new Set(schema.required)
    const fields = Object.entries(schema.properties).filter(([key]) => required.has(key))
    return Object.fromEntries(fields.map(([key, value]) => [key, exampleOf(document, value, key, depth + 1)]))
  }
  if (schema.type === 'integer' || schema.type === 'number') return Math.max(schema.minimum ?? 1, 1)
  if (schema.type === 'boolean') return true
  if (schema.type === 'array') return []
  if (schema.type === 'object') return {}
  return name === 'message' ? 'What is 6 * 7?' : name
}

const shellQuoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`

export function curlFor(document: OpenApi, operation: Operation, origin: string): string {
  const address = origin + operation.path.replace(/\{(\w+)\}/g, (_, name: string) => `$${name.toUpperCase()}`)
  const query = operation.parameters.filter((parameter) => parameter.in === 'query' && parameter.required)
  const search = query.map(({ name, schema }) => `${name}=${encodeURIComponent(String(exampleOf(document, schema ?? {}, name)))}`).join('&')
  const body = operation.requestBody?.content?.['application/json']?.schema
  const streams = Object.values(operation.responses).some((response) => response.content?.['text/event-stream'])
  return [
    `curl ${streams ? '-N ' : ''}${operation.method === 'GET' ? '' : `-X ${operation.method} `}"${address}${search && `?${search}`}"`,
    ...(operation.open ? [] : ['-H "Authorization: Bearer $TOKEN"']),
    ...(body ? ['-H "Content-Type: application/json"', `-d ${shellQuoted(JSON.stringify(exampleOf(document, body, 'body')))}`] : []),
  ].join(' \\\n  ')
}
