/**
 * Describes a route. Every route module uses this function, so one rule holds for all. A field or query parameter that the route does
 * not know is refused with 400, by name.
 */
import { createRoute as describe, type RouteConfig } from '@hono/zod-openapi'
import type { MiddlewareHandler } from 'hono'
import { z } from 'zod'
import { closeSchema, rememberKnownFields } from '../../../shared/api/close-schema.ts'
import { readJson } from './body.ts'
import type { Gateway } from './context.ts'
import { problem, unknownFields } from './problem.ts'
import { hasQuery } from './public-url.ts'

z.config({ customError: rememberKnownFields })

/** Option of a route that accepts unknown query parameters, such as the callback of an identity provider. */
export interface OpenQuery {
  readonly openQuery?: true
}

/** Like `createRoute` of `@hono/zod-openapi`, but the request schemas reject unknown fields. */
export const createRoute = ((config: RouteConfig & OpenQuery) => {
  const { openQuery, ...route } = config
  const { query, body } = route.request ?? {}
  const request: NonNullable<RouteConfig['request']> = { ...route.request }
  if (query !== undefined && !openQuery) request.query = closeSchema(query)
  const middleware = middlewareOf(route)
  // A route that reads its body itself describes it as `requestBody`.
  if (body === undefined && !('requestBody' in route)) middleware.push(rejectBody)
  if (query === undefined && !openQuery) middleware.push(rejectQuery)
  if (body === undefined) return describe({ ...route, request, middleware })
  const content = Object.fromEntries(
    Object.entries(body.content).map(([type, media]) => [
      type,
      media && 'schema' in media && media.schema instanceof z.ZodType ? { ...media, schema: closeSchema(media.schema) } : media,
    ]),
  )
  return describe({ ...route, request: { ...request, body: { ...body, content } }, middleware })
}) as typeof describe

const middlewareOf = ({ middleware = [] }: RouteConfig): MiddlewareHandler[] => [middleware].flat()

/** Rejects query parameters on a route without them. */
const rejectQuery: MiddlewareHandler<Gateway> = async (c, next) => {
  if (!hasQuery(c)) return next()
  const names = Object.keys(c.req.queries())
  return names.length === 0 ? next() : problem(c, { kind: 'invalid', errors: unknownFields(names, 'query') })
}

/** Rejects a body on a route without one. An empty body and `{}` are accepted. */
const rejectBody: MiddlewareHandler<Gateway> = async (c, next) => {
  if (c.req.header('content-type') === undefined) return next()
  if ((await c.req.text()).trim() === '') return next()
  const body = await readJson(c)
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    return problem(c, { kind: 'invalid', errors: [{ pointer: '', detail: 'must be empty: this route has no body' }] })
  const keys = Object.keys(body)
  if (keys.length === 0) return next()
  return problem(c, { kind: 'invalid', errors: unknownFields(keys, '') })
}
