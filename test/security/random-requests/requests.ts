/** Random requests to every route of an OpenAPI document. The same seed and names give the same requests. */
import type { Random } from '../../chaos/random.ts'
import { hostileValue, type JsonSchema, schemaValue, type Vocabulary, withFault } from './schema-values.ts'

interface Parameter {
  readonly name: string
  readonly in: 'path' | 'query' | 'header' | 'cookie'
  readonly required?: boolean
  readonly schema: JsonSchema
}

interface OperationObject {
  readonly security?: readonly unknown[]
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: JsonSchema }>> }
}

/** The parts of `/openapi.json` that requests depend on. */
export interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, OperationObject>>>>
  readonly components?: { readonly schemas?: Readonly<Record<string, JsonSchema>> }
}

/** A request as bytes. It can be one that no client library would send. */
export interface RandomRequest {
  /** The route that the request was generated from. */
  readonly route: string
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer | undefined
}

/** Values of the parameters and fields that name a resource, by the name of the parameter. Names of real resources come first. */
export type Names = Readonly<Record<string, readonly string[]>>

const invented = [
  'no-such-thing',
  'AAAAAAAAAAAA',
  '018f3b8e-0000-7000-8000-000000000000',
  '0',
  '.',
  '..',
  '../../v1/me',
  'x'.repeat(70),
  'x'.repeat(2_100),
  ' ',
  '\u0000',
  'é',
  'session:x',
  'a/b',
  '%2e%2e',
  'latest',
] as const

/** Other methods than the one of the route. */
const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'] as const

/** The requests of `document`, route by route, without an end. */
export function* randomRequests(document: OpenApi, random: Random, names: () => Names): Generator<RandomRequest> {
  const routes = Object.entries(document.paths).flatMap(([path, described]) =>
    Object.entries(described).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  )
  for (;;) for (const { path, method, operation } of routes) yield requestOf(document, path, method, operation, random, names())
}

function requestOf(
  document: OpenApi,
  template: string,
  method: string,
  operation: OperationObject,
  random: Random,
  names: Names,
): RandomRequest {
  const vocabulary: Vocabulary = {
    random,
    named: (name) => {
      const values = names[name.replace(/_id$/, '')]
      return values && random.pick([...(values as [string]), random.pick(invented)])
    },
    resolve: (ref) => document.components?.schemas?.[ref.split('/').at(-1) ?? ''] ?? {},
  }
  const { parameters = [] } = operation
  const isValid = random.below(3) > 0
  const value = ({ schema, name }: Parameter): string => {
    const broken = !isValid && random.below(3) === 0
    return textOf(broken ? hostileValue(random) : schemaValue(schema, name, vocabulary))
  }
  const path = template.replace(/\{(\w+)\}/g, (_, name: string) => {
    const schema = parameters.find((parameter) => parameter.in === 'path' && parameter.name === name)?.schema ?? { type: 'string' }
    return encode(vocabulary.named(name) ?? textOf(schemaValue(schema, name, vocabulary)))
  })
  const query = parameters.flatMap((parameter) =>
    parameter.in === 'query' && (parameter.required || random.below(3) === 0) ? [[parameter.name, value(parameter)]] : [],
  )
  // A wait that states no length lasts half a minute.
  if (query.some(([name]) => name === 'wait') && !query.some(([name]) => name === 'wait_ms')) query.push(['wait_ms', '100'])
  if (!isValid && random.below(4) === 0) query.push([random.pick(['unknown', 'tenant', 'limit', 'stream']), textOf(hostileValue(random))])
  const headers: Record<string, string> = {}
  for (const parameter of parameters)
    if (parameter.in === 'header' && random.below(3) === 0) headers[parameter.name] = headerText(value(parameter))
  if (random.below(15) === 0) headers.accept = random.pick(['text/event-stream', 'application/x-ndjson', '*/*;q=0', 'text/html'])
  const body = bodyOf(operation, vocabulary, isValid, headers)
  const search = query.map(([name, text]) => `${encode(name ?? '')}=${encode(text ?? '')}`).join('&')
  return {
    route: `${method} ${template}`,
    method: random.below(12) === 0 ? random.pick(methods) : method,
    path: (search === '' ? path : `${path}?${search}`) + (random.below(40) === 0 ? '/' : ''),
    headers,
    body,
  }
}

/** The body, and its headers. Two of three are valid, according to the schema. */
function bodyOf(
  { requestBody }: OperationObject,
  vocabulary: Vocabulary,
  valid: boolean,
  headers: Record<string, string>,
): Buffer | undefined {
  const { random } = vocabulary
  const [type = 'application/json', media] = Object.entries(requestBody?.content ?? {})[0] ?? []
  if (!media && (valid || random.below(3) > 0)) return undefined
  headers['content-type'] = type
  const validBody = schemaValue(media?.schema ?? { type: 'object' }, '', vocabulary)
  if (valid) return Buffer.from(JSON.stringify(validBody))
  const text = JSON.stringify(withFault(validBody, random)) ?? 'null'
  const broken: readonly [() => Buffer | undefined, ...(() => Buffer | undefined)[]] = [
    () => undefined,
    () => Buffer.from(text.slice(0, -1)),
    () => Buffer.from(`\ufeff${text}`),
    () => Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d]),
    () => Buffer.from(`${text} trailing`),
    () => Buffer.from('['.repeat(100_000)),
    () => Buffer.from(JSON.stringify({ pad: 'x'.repeat(1_000_001) })),
    () =>
      withHeader(
        headers,
        'content-type',
        random.pick(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', '']),
        text,
      ),
    () => withHeader(headers, 'content-encoding', random.pick(['gzip', 'deflate', 'br', 'nonsense']), text),
    () => withHeader(headers, 'content-type', 'application/x-ndjson', `${text}\n${text}`),
  ]
  return random.below(3) === 0 ? random.pick(broken)() : Buffer.from(text)
}

function withHeader(headers: Record<string, string>, name: string, value: string, text: string): Buffer {
  headers[name] = value
  return Buffer.from(text)
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? '')).slice(0, 4_000)

/** A lone surrogate has no encoding; clients send the replacement character. */
const encode = (text: string): string => encodeURIComponent(text.toWellFormed())

/** Header values are visible ASCII and spaces; Node refuses to send others. */
const headerText = (text: string): string => text.replace(/[^\x20-\x7e]/g, '?').trim()
