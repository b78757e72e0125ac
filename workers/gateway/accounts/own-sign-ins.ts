/** `/v1/me/sign-ins`: a user's own sign-ins, and ending them. */
import { OpenAPIHono } from '@hono/zod-openapi'
import type { SignIn } from '../../../durable-objects/accounts/sign-ins.ts'
import { ListSignIns, OwnSignIn, OwnSignIns, SignInPath } from '../../../shared/api/sign-in.ts'
import { mfa } from '../../../shared/identity/amr.ts'
import { recordAudit } from '../audit/record.ts'
import { accountsOf } from '../auth/credential-status.ts'
import type { Gateway } from '../http/context.ts'
import { json, onInvalid, problems } from '../http/openapi.ts'
import { problem } from '../http/problem.ts'
import { createRoute } from '../http/route.ts'

const tags = ['Sign-in']

const list = createRoute({
  method: 'get',
  path: '/v1/me/sign-ins',
  tags,
  summary: 'List your sign-ins, newest first',
  description: 'A user has at most 50 sign-ins by each method. A new one ends the oldest.',
  request: { query: ListSignIns },
  responses: { 200: json(OwnSignIns), ...problems(400, 401, 403) },
})
const endOthers = createRoute({
  method: 'delete',
  path: '/v1/me/sign-ins',
  tags,
  summary: 'Sign out everywhere else',
  description: 'Ends all of your sign-ins except the current one. The change applies everywhere within two seconds. API keys stay valid.',
  responses: { 204: { description: 'Signed out' }, ...problems(401, 403) },
})
const endOne = createRoute({
  method: 'delete',
  path: '/v1/me/sign-ins/{sign_in}',
  tags,
  summary: 'End one of your sign-ins',
  description: 'Also revokes its tokens, within two seconds.',
  request: { params: SignInPath },
  responses: { 204: { description: 'Sign-in ended' }, ...problems(401, 403, 404) },
})

const summary = ({ sid, method, agent, amr, createdAt, expiresAt }: SignIn, current: string | undefined): OwnSignIn => ({
  id: sid,
  current: sid === current,
  method: OwnSignIn.shape.method.parse(method),
  agent,
  mfa: amr.includes(mfa),
  created_at: createdAt,
  expires_at: expiresAt,
})

/** The position of a sign-in in the list. It stays valid after the sign-in has ended. */
const cursorOf = ({ createdAt, sid }: SignIn): string => `${createdAt}.${sid}`

function isAfter({ createdAt, sid }: SignIn, cursor: string): boolean {
  const [at = '', id = ''] = cursor.split('.')
  return createdAt < Number(at) || (createdAt === Number(at) && sid > id)
}

export const signInListRoutes = new OpenAPIHono<Gateway>({ defaultHook: onInvalid })
  .openapi(list, async (c) => {
    const { tenant, subject, ids } = c.var.principal
    const { after, limit } = c.req.valid('query')
    const signIns = await accountsOf(c.env, tenant).signIns(subject)
    const rest = after === undefined ? signIns : signIns.filter((signIn) => isAfter(signIn, after))
    const page = rest.slice(0, limit)
    const last = page.at(-1)
    const next = last && rest.length > limit ? cursorOf(last) : null
    return c.json({ sign_ins: page.map((signIn) => summary(signIn, ids.sid)), next }, 200)
  })
  .openapi(endOthers, async (c) => {
    const { tenant, subject, ids } = c.var.principal
    await accountsOf(c.env, tenant).signOutEverywhere(subject, ids.sid)
    await recordAudit(c, { action: 'account.sign_out', target: `user:${subject}`, outcome: 'done', detail: { everywhere: 'else' } })
    return c.body(null, 204)
  })
  .openapi(endOne, async (c) => {
    const { tenant, subject } = c.var.principal
    const { sign_in: id } = c.req.valid('param')
    if (!(await accountsOf(c.env, tenant).endSignIn(subject, id))) return problem(c, { kind: 'not_found' })
    await recordAudit(c, { action: 'account.sign_out', target: `user:${subject}`, outcome: 'done', detail: { sign_in: id } })
    return c.body(null, 204)
  })
