/** Refusals in the words of a protocol: each face gives the problem responses of its paths its own shape. */
import { createMiddleware } from 'hono/factory'
import type { Problem } from '../../../shared/api/problem.ts'
import type { InvalidField } from '../../../shared/problem.ts'
import type { Gateway } from '../http/context.ts'

/** What a problem response says. */
export interface Refusal extends Readonly<Pick<Problem, 'type' | 'title' | 'status' | 'detail'>> {
  readonly errors?: readonly InvalidField[] | undefined
  readonly request_id?: string | undefined
}

/** The body of a refusal. */
export type ErrorBody = (refusal: Refusal) => object

/** What a refusal says, with the fields that are wrong. */
export function problemText({ title, detail, errors }: Refusal): string {
  const fields = (errors ?? []).map(({ pointer, detail }) => `${pointer || 'The body'} ${detail}`)
  return fields.length > 0 ? `${fields.join('. ')}.` : detail || title
}

/** The last part of a problem's `type`. */
export const problemKind = ({ type }: Refusal): string => type.slice(type.lastIndexOf('/') + 1)

/** Replaces the body of each problem response. Status and headers stay. */
export const translateProblems = (body: ErrorBody) =>
  createMiddleware<Gateway>(async (c, next) => {
    await next()
    if (!c.res.headers.get('content-type')?.startsWith('application/problem+json')) return
    const problem = (await c.res.json()) as Refusal
    const headers = new Headers(c.res.headers)
    headers.set('content-type', 'application/json')
    headers.delete('content-length')
    const { status } = c.res
    c.res = undefined
    c.res = new Response(JSON.stringify(body(problem)), { status, headers })
  })
