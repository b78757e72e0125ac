/** `/v1/me/mfa`: a user's own second factor. `/v1/users/{subject}/mfa`: its reset. `/v1/sign-in-rules`: who must use one. */
import { OpenAPIHono } from '@hono/zod-openapi'
import { UserPath } from '../../../shared/api/accounts.ts'
import { MfaCode, MfaSecret, MfaState, MfaVerified, NewMfa, RecoveryCodes, SignInRules } from '../../../shared/api/mfa.ts'
import { mfa } from '../../../shared/identity/amr.ts'
import { Subject } from '../../../shared/ids.ts'
import type { Failure } from '../../../shared/problem.ts'
import { recordAudit } from '../audit/record.ts'
import { setCookies } from '../auth/cookies.ts'
import { accountsOf } from '../auth/credential-status.ts'
import { signToken } from '../auth/tokens.ts'
import type { Gateway, GatewayContext } from '../http/context.ts'
import { json, jsonBody, onInvalid, problems } from '../http/openapi.ts'
import { problem } from '../http/problem.ts'
import { createRoute } from '../http/route.ts'
import { authority } from './users.ts'

const tags = ['Second factor']
const noStore = { 'cache-control': 'no-store' }

const state = createRoute({
  method: 'get',
  path: '/v1/me/mfa',
  tags,
  summary: 'Show your second factor, without its secret',
  responses: { 200: json(MfaState), ...problems(401, 403) },
})
const enrol = createRoute({
  method: 'post',
  path: '/v1/me/mfa',
  tags,
  summary: 'Set up an authenticator app',
  description:
    'No later response shows the secret. It takes effect when `/v1/me/mfa/verify` accepts a code; until then an existing one stays active.',
  request: { body: jsonBody(NewMfa) },
  responses: { 201: json(MfaSecret, 'Secret created'), ...problems(400, 401, 403, 409, 429) },
})
const verify = createRoute({
  method: 'post',
  path: '/v1/me/mfa/verify',
  tags,
  summary: 'Confirm a new second factor, or verify this sign-in',
  request: { body: jsonBody(MfaCode) },
  responses: { 200: json(MfaVerified), ...problems(400, 401, 403, 409, 429) },
})
const renew = createRoute({
  method: 'post',
  path: '/v1/me/mfa/recovery-codes',
  tags,
  summary: 'Replace all recovery codes',
  request: { body: jsonBody(MfaCode) },
  responses: { 200: json(RecoveryCodes), ...problems(400, 401, 403, 409, 429) },
})
const disable = createRoute({
  method: 'post',
  path: '/v1/me/mfa/disable',
  tags,
  summary: 'Turn your second factor off',
  request: { body: jsonBody(MfaCode) },
  responses: { 204: { description: 'Turned off' }, ...problems(400, 401, 403, 409, 429) },
})
const reset = createRoute({
  method: 'delete',
  path: '/v1/users/{subject}/mfa',
  tags,
  summary: "Reset a user's lost second factor",
  description: "Also ends the user's sign-ins. The user signs in with the first factor and can set up another second factor.",
  request: { params: UserPath },
  responses: { 204: { description: 'Reset' }, ...problems(401, 403, 404) },
})
const getRules = createRoute({
  method: 'get',
  path: '/v1/sign-in-rules',
  tags,
  summary: 'Show which users must use a second factor',
  responses: { 200: json(SignInRules), ...problems(401, 403) },
})
const putRules = createRoute({
  method: 'put',
  path: '/v1/sign-in-rules',
  tags,
  summary: 'Set which users must use a second factor',
  description:
    'The rule applies within two seconds, also to existing sign-ins. A sign-in without a second factor can only set one up or verify it. API keys are exempt. For tokens of a trusted issuer, its own `amr` and `acr` count.',
  request: { body: jsonBody(SignInRules) },
  responses: { 200: json(SignInRules), ...problems(400, 401, 403) },
})

const accounts = (c: GatewayContext) => accountsOf(c.env, c.var.principal.tenant)

/** Audits a change of a second factor. An entry never holds a code. */
const auditMfa = (c: GatewayContext, outcome: string, subject: string = c.var.principal.subject) =>
  recordAudit(c, { action: 'account.mfa', target: `user:${subject}`, outcome })

/** Responds with the refusal, and audits a wrong code. */
async function refuse(c: GatewayContext, failure: Failure) {
  if (failure.kind === 'wrong_code') await auditMfa(c, failure.retryMs > 0 ? 'locked' : 'wrong')
  return problem(c, failure)
}

export const mfaRoutes = new OpenAPIHono<Gateway>({ defaultHook: onInvalid })
  .openapi(state, async (c) => {
    const { subject, ids, amr } = c.var.principal
    const [{ since, pending, recoveryLeft }, { demandsMfa }] = await Promise.all([
      accounts(c).mfa(subject),
      accounts(c).standing(subject, ids),
    ])
    const hasSecondFactor = amr.includes(mfa)
    return c.json(
      { on: since !== null, since, pending, recovery_codes_left: recoveryLeft, demanded: demandsMfa, shown: hasSecondFactor },
      200,
    )
  })
  .openapi(enrol, async (c) => {
    const { via, subject } = c.var.principal
    // A program's token must not lock its owner out.
    if (via !== 'cookie') return problem(c, { kind: 'needs_cookie' })
    const enrolment = await accounts(c).enrol(subject, c.req.valid('json').code ?? null)
    if (!enrolment.ok) return refuse(c, enrolment.error)
    await auditMfa(c, 'begun')
    return c.json(enrolment.value, 201, noStore)
  })
  .openapi(verify, async (c) => {
    const { via, subject, tenant, scopes, ids, expiresAt } = c.var.principal
    if (via !== 'cookie') return problem(c, { kind: 'needs_cookie' })
    const verified = await accounts(c).verifyMfa(subject, ids.sid ?? '', c.req.valid('json').code)
    if (!verified.ok) return refuse(c, verified.error)
    const { amr, recovery } = verified.value
    await auditMfa(c, recovery ? 'on' : 'shown')
    const seconds = Math.max(1, Math.floor((expiresAt - Date.now()) / 1_000))
    await setCookies(c, await signToken(c.env, { tenant, subject, scopes, amr }, ids.sid, seconds), seconds)
    return c.json({ recovery_codes: recovery ? [...recovery] : null }, 200, noStore)
  })
  .openapi(renew, async (c) => {
    if (c.var.principal.via !== 'cookie') return problem(c, { kind: 'needs_cookie' })
    const renewed = await accounts(c).renewRecovery(c.var.principal.subject, c.req.valid('json').code)
    if (!renewed.ok) return refuse(c, renewed.error)
    await auditMfa(c, 'new recovery codes')
    return c.json({ recovery_codes: [...renewed.value] }, 200, noStore)
  })
  .openapi(disable, async (c) => {
    if (c.var.principal.via !== 'cookie') return problem(c, { kind: 'needs_cookie' })
    const disabled = await accounts(c).disableMfa(c.var.principal.subject, c.req.valid('json').code)
    if (!disabled.ok) return refuse(c, disabled.error)
    await auditMfa(c, 'off')
    return c.body(null, 204)
  })
  .openapi(reset, async (c) => {
    const by = authority(c.var.principal)
    if (!by) return problem(c, { kind: 'needs_role', role: 'admin' })
    const subject = Subject.safeParse(c.req.valid('param').subject)
    const removed = subject.success ? await accounts(c).resetMfa(by, subject.data) : null
    if (!subject.success || !removed) return problem(c, { kind: 'not_found' })
    if (!removed.ok) return problem(c, removed.error)
    await auditMfa(c, 'reset', subject.data)
    return c.body(null, 204)
  })
  .openapi(getRules, async (c) => c.json({ require_mfa: await accounts(c).requireMfa() }, 200))
  .openapi(putRules, async (c) => {
    const rules = c.req.valid('json')
    await accounts(c).demandMfa(rules.require_mfa)
    await recordAudit(c, { action: 'account.rules', target: 'tenant', outcome: 'done', detail: rules })
    return c.json(rules, 200)
  })
