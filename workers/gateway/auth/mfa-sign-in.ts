/** `/v1/auth/mfa`: the second factor of a sign-in. A challenge proves the first factor. No other route accepts it. */
import { OpenAPIHono } from '@hono/zod-openapi'
import { MfaAnswer } from '../../../shared/api/mfa.ts'
import { Me } from '../../../shared/api/sign-in.ts'
import { Subject } from '../../../shared/ids.ts'
import { recordAudit } from '../audit/record.ts'
import type { Gateway } from '../http/context.ts'
import { json, jsonBody, onInvalid, problems } from '../http/openapi.ts'
import { problem } from '../http/problem.ts'
import { createRoute } from '../http/route.ts'
import { limitCredential } from '../limits/rate-limit.ts'
import { isSameOrigin } from './authenticate.ts'
import { anonymousPrincipal, startBrowserSession } from './complete-sign-in.ts'
import { challengePath, cookieChallenge, setChallenge } from './cookies.ts'
import { accountsOf } from './credential-status.ts'
import { reserveAttempt } from './failed-auth-limit.ts'
import { issuedCredential } from './issued-credential.ts'

const verify = createRoute({
  method: 'post',
  path: challengePath,
  tags: ['Sign-in'],
  summary: 'Complete a sign-in with a second factor',
  description:
    'A first factor returns a challenge to users with a second factor. The challenge is valid for five minutes and one sign-in. Five wrong codes in a row lock checks for 30 s, then twice as long each time.',
  security: [],
  request: { body: jsonBody(MfaAnswer) },
  responses: { 200: json(Me), ...problems(400, 401, 403, 429) },
})

export const mfaSignInRoutes = new OpenAPIHono<Gateway>({ defaultHook: onInvalid }).openapi(verify, async (c) => {
  if (c.req.header('origin') !== undefined && !isSameOrigin(c)) return problem(c, { kind: 'wrong_origin' })
  const { challenge: sent, code } = c.req.valid('json')
  // Browsers send the cookie with every request, so a challenge from it must come from the app's own page.
  if (sent === undefined && !isSameOrigin(c)) return problem(c, { kind: 'wrong_origin' })
  const challenge = sent ?? cookieChallenge(c) ?? ''
  const returnAttempt = reserveAttempt(c, challenge)
  if (typeof returnAttempt !== 'function') return returnAttempt
  const parsed = await issuedCredential(c, 'somachallenge', challenge)
  if (!parsed) return problem(c, { kind: 'challenge_ended' })
  const refusal = limitCredential(c, `somachallenge ${parsed.tenant} ${parsed.id}`)
  if (refusal) return refusal
  const verified = await accountsOf(c.env, parsed.tenant).answer(challenge, code)
  if (!verified.ok) {
    const { whose: subject, ...failure } = verified.error
    // Attempts during a lockout are not verified, so they are not audited.
    if (subject !== undefined && failure.kind === 'wrong_code') {
      c.set('principal', anonymousPrincipal(parsed.tenant, Subject.parse(subject)))
      await recordAudit(c, { action: 'account.mfa', target: `user:${subject}`, outcome: failure.retryMs > 0 ? 'locked' : 'wrong' })
    }
    return problem(c, failure)
  }
  returnAttempt()
  const { arrival: identity } = verified.value
  setChallenge(c, '', 0)
  return c.json(await startBrowserSession(c, parsed.tenant, identity, verified.value, identity.expiresAt), 200, {
    'cache-control': 'no-store',
  })
})
