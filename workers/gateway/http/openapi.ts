/** Parts of route descriptions, and the document at `/openapi.json`. */
import type { Hook, OpenAPIHono } from '@hono/zod-openapi'
import { z } from 'zod'
import { Problem } from '../../../shared/api/problem.ts'
import type { Gateway } from './context.ts'
import { invalid, problem } from './problem.ts'
import { publicUrl } from './public-url.ts'

/** A required JSON body of a request. */
export const jsonBody = <T extends z.ZodType>(schema: T) => ({ required: true, content: { 'application/json': { schema } } })

/** A form with the text fields `fields`, and files named `files[]`. The route reads the body itself, as a stream. */
export const filesForm = (fields: Readonly<Record<string, 'required' | 'optional'>>) => ({
  required: true,
  content: {
    'multipart/form-data': {
      schema: {
        type: 'object' as const,
        additionalProperties: false,
        required: [...Object.keys(fields).filter((name) => fields[name] === 'required'), 'files[]'],
        properties: {
          ...Object.fromEntries(Object.keys(fields).map((name) => [name, { type: 'string' as const }])),
          'files[]': { type: 'array' as const, items: { type: 'string' as const, format: 'binary' } },
        },
      },
    },
  },
})

/** A JSON body of a response. */
export const json = <T extends z.ZodType>(schema: T, description = 'The requested data') => ({
  description,
  content: { 'application/json': { schema } },
})

/** A response of JSON lines. */
export const jsonLines = { description: 'The requested data', content: { 'application/x-ndjson': { schema: z.string() } } }

const descriptions: Record<number, string> = {
  400: 'Invalid request',
  401: 'Not signed in',
  403: 'Refused',
  404: 'Not found',
  405: 'Method not allowed',
  409: 'Conflict',
  410: 'Deleted',
  412: 'Another version of the protocol',
  413: 'The body is too large',
  415: 'The type of the body is not accepted',
  422: 'Not accepted',
  429: 'Too many requests',
  502: 'The model did not answer',
  503: 'Unavailable',
  507: 'Storage is full',
}

/** The problem responses of a route. */
export function problems<S extends number>(...statuses: S[]) {
  const entries = statuses.map((status) => [
    status,
    { description: descriptions[status] ?? 'Refused', content: { 'application/problem+json': { schema: Problem } } },
  ])
  return Object.fromEntries(entries) as {
    [K in S]: { description: string; content: { 'application/problem+json': { schema: typeof Problem } } }
  }
}

/** Responds with 400 when a part of the request does not parse. */
export const onInvalid: Hook<unknown, Gateway, string, unknown> = (result, c) => {
  if (!result.success) return problem(c, invalid(result.target, result.error))
}

const tags = [
  'Sessions',
  'Branches',
  'Export and import',
  'Files',
  'Memory',
  'Sign-in',
  'Second factor',
  'API keys',
  'Users',
  'Settings',
  'Personas',
  'Models',
  'Faces',
  'Policy',
  'Constitution',
  'Relations',
  'Audit',
  'Health',
  'Administration',
]

/** Serves the description of every route of `app` at `/openapi.json`. */
export function describeApi(app: OpenAPIHono<Gateway>): void {
  app.openAPIRegistry.registerComponent('securitySchemes', 'token', { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' })
  app.doc31('/openapi.json', (c) => ({
    openapi: '3.1.0',
    info: {
      title: 'Soma Edge',
      version: '1',
      description: 'Durable, streaming conversations with a model.',
      license: { name: 'Apache-2.0' },
    },
    security: [{ token: [] }],
    tags: tags.map((name) => ({ name })),
    servers: [{ url: publicUrl(c).origin }],
  }))
}
