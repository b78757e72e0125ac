/** Requests to a gateway with other variables, and the routes of its OpenAPI document. */
import { createExecutionContext } from 'cloudflare:test'
import { env, exports } from 'cloudflare:workers'
import gateway from '../../../../workers/gateway/worker.ts'

/** The response of a gateway with these variables. */
export const fetchWith = (path: string, init: RequestInit, variables: Partial<GatewayEnv> = {}, origin = 'https://soma.test') =>
  gateway.fetch(new Request(`${origin}${path}`, init), { ...(env as unknown as GatewayEnv), ...variables }, createExecutionContext())

export interface DescribedRoute {
  readonly method: string
  /** In the form of the document, such as `/v1/sessions/{session}`. */
  readonly path: string
  readonly operation: Operation
}

export interface JsonSchema {
  readonly [key: string]: unknown
}

export interface Operation {
  readonly summary?: string
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required?: boolean; readonly schema: JsonSchema }[]
  readonly requestBody?: { readonly required?: boolean; readonly content: Readonly<Record<string, { readonly schema: JsonSchema }>> }
  readonly responses: Readonly<Record<string, unknown>>
}

export interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, JsonSchema>> }
}

export const document = async (): Promise<Document> => (await exports.default.fetch('https://soma.test/openapi.json')).json()

/** Every route of `/openapi.json`. */
export async function describedRoutes(): Promise<DescribedRoute[]> {
  const { paths } = await document()
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  )
}

/** `path` with a value for each parameter. */
export const fillPath = (path: string): string => path.replaceAll(/\{\w+\}/g, 'x')
