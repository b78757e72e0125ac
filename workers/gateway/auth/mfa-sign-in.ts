/** `/v1/auth/mfa`: the second half of a sign-in. A challenge proves the first factor, and opens only this route. */
import { createRoute, OpenAPIHono } from '@hono/zod-openapi'
import { MfaAnswer } from '../../../shared/api/mfa.ts'
import { Me } from '../../../shared/api/sign-in.ts'
import { parseCredential } from '../../../shared/identity/credential.ts'
import { Subject } from '../../../shared/ids.ts'
import { recordAudit } from '../audit/record.ts'
import type { Gateway } from '../http/context.ts'
import { json, jsonBody, onInvalid, problems } from '../http/openapi.ts'
import { problem } from '../http/problem.ts'
import { sameOrigin } from './authenticate.ts'
import { anonymousPrincipal, startBrowserSession } from './complete-sign-in.ts'
import { challengePath, cookieChallenge, giveChallenge } from './cookies.ts'
import { accountsOf } from './credential-status.ts'

const answer = createRoute({
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

export const mfaSignInRoutes = new OpenAPIHono<Gateway>({ defaultHook: onInvalid }).openapi(answer, async (c) => {
  if (c.req.header('origin') !== undefined && !sameOrigin(c)) return problem(c, { kind: 'wrong_origin' })
  const { challenge: said, code } = c.req.valid('json')
  // The cookie comes by itself, so whoever relies on it must be the app's own page.
  if (said === undefined && !sameOrigin(c)) return problem(c, { kind: 'wrong_origin' })
  const challenge = said ?? cookieChallenge(c) ?? ''
  const named = await parseCredential('somachallenge', challenge)
  if (!named) return problem(c, { kind: 'challenge_ended' })
  const answered = await accountsOf(c.env, named.tenant).answer(challenge, code)
  if (!answered.ok) {
    const { whose: subject, ...failure } = answered.error
    // Beyond the wait itself, guesses that nobody looked at are no news.
    if (subject !== undefined && failure.kind === 'wrong_code') {
      c.set('principal', anonymousPrincipal(named.tenant, Subject.parse(subject)))
      await recordAudit(c, { action: 'account.mfa', target: `user:${subject}`, outcome: failure.retryMs > 0 ? 'locked' : 'wrong' })
    }
    return problem(c, failure)
  }
  const { arrival } = answered.value
  giveChallenge(c, '', 0)
  return c.json(await startBrowserSession(c, named.tenant, arrival, answered.value, arrival.expiresAt), 200, {
    'cache-control': 'no-store',
  })
})
