/** The gateway: the only Worker that the internet can reach. Wiring only; every decision lives elsewhere. */
import { OpenAPIHono } from '@hono/zod-openapi'
import { secureHeaders } from 'hono/secure-headers'
import { limits } from '../../shared/api/limits.ts'
import { isNewerSchema } from '../../shared/faults.ts'
import { keySetMaxAgeSeconds } from '../../shared/identity/rotation.ts'
import { logFault } from '../../shared/log.ts'
import { withResidency } from '../../shared/residency.ts'
import { readVariable } from '../../shared/settings/variables.ts'
import { apiKeyRoutes } from './accounts/api-keys.ts'
import { mfaRoutes } from './accounts/mfa.ts'
import { signInListRoutes } from './accounts/own-sign-ins.ts'
import { userRoutes } from './accounts/users.ts'
import { AuditUnavailable } from './audit/record.ts'
import { auditRoutes } from './audit/routes.ts'
import { authenticate } from './auth/authenticate.ts'
import { devSignInRoutes } from './auth/dev-sign-in.ts'
import { rejectForeignTenant } from './auth/foreign-tenant.ts'
import { mfaSignInRoutes } from './auth/mfa-sign-in.ts'
import { oidcRoutes } from './auth/oidc.ts'
import { oidcSettings } from './auth/oidc-settings.ts'
import { signInRoutes } from './auth/sign-in.ts'
import { keySet } from './auth/tokens.ts'
import type { Gateway, GatewayContext } from './http/context.ts'
import { requireJson } from './http/json-only.ts'
import { problem } from './http/problem.ts'
import { budgetRoutes } from './limits/budgets.ts'
import { rateLimit } from './limits/rate-limit.ts'
import { CounterUnavailable } from './memory/attributes.ts'
import { memoryRoutes } from './memory/routes.ts'
import { backupRoutes, restorePath } from './operations/backup.ts'
import { healthRoutes } from './operations/health.ts'
import { signingKeyRoutes } from './operations/signing-keys.ts'
import { constitutionRoutes } from './policy/constitution.ts'
import { legacyConstitutionRoutes } from './policy/constitution-legacy.ts'
import { enforcePolicy } from './policy/enforce.ts'
import { policyRoutes } from './policy/routes.ts'
import { relationRoutes } from './relations/routes.ts'
import { branchRoutes } from './sessions/branches.ts'
import { sessionRoutes } from './sessions/routes.ts'
import { steeringRoutes } from './sessions/steering.ts'
import { transferRoutes } from './sessions/transfer.ts'
import { credentialRoutes } from './settings/credentials.ts'
import { settingsRoutes } from './settings/routes.ts'

/** A constant of the build: `wrangler.toml` says false, `npm start` says true. */
declare const DEVELOPMENT_BUILD: boolean

/** A body that says how long it is is judged by that; any other is read as far as it may go. Looking at a body gives it a face of its own. */
function bodyUpTo(limitBytes: number) {
  const tooLarge = (c: GatewayContext) => problem(c, { kind: 'too_large', limitBytes })
  const counted = bodyLimit({ maxSize: limitBytes, onError: tooLarge })
  return createMiddleware<Gateway>((c, next) => {
    const declared = c.req.header('transfer-encoding') === undefined ? c.req.header('content-length') : undefined
    if (declared === undefined) return counted(c, next)
    return Number(declared) <= limitBytes ? next() : Promise.resolve(tooLarge(c))
  })
}

const app = new OpenAPIHono<Gateway>()

app.use(startRequest)
app.use(
  secureHeaders({
    xFrameOptions: 'DENY',
    referrerPolicy: 'no-referrer',
    crossOriginResourcePolicy: 'same-origin',
    // These address browsers that are out of use.
    xDownloadOptions: false,
    xPermittedCrossDomainPolicies: false,
    xXssProtection: false,
    xDnsPrefetchControl: false,
  }),
)
const fitting = bodyUpTo(limits.bodyBytes)
const large = new Map([
  ['/v1/sessions/import', bodyUpTo(limits.importBytes)],
  [restorePath, bodyUpTo(limits.importBytes)],
])
/** Where the API is; what the originals had outside of /v1 is there too. */
const api = ['/v1/*', '/constitution/*'] as const
for (const path of api) app.use(path, (c, next) => (large.get(c.req.path) ?? fitting)(c, next), requireJson)

app.get('/.well-known/jwks.json', async (c) =>
  c.json(await keySet(c.env), 200, { 'cache-control': `public, max-age=${keySetMaxAgeSeconds}` }),
)
app.route('/', healthRoutes)
app.route(
  '/',
  signInRoutes((c) => ({ dev: DEVELOPMENT_BUILD && readVariable(c.env, 'SOMA_DEV_SIGN_IN'), oidc: provider(c) })),
)
app.route('/', oidcRoutes)
app.route('/', mfaSignInRoutes)
// What is deployed does not contain it.
if (DEVELOPMENT_BUILD) app.route('/', devSignInRoutes())
for (const path of api) app.use(path, authenticate, rejectForeignTenant, rateLimit, enforcePolicy)
// Before `sessions`, whose paths would take `action` for a session's id.
for (const routes of [
  backupRoutes,
  signingKeyRoutes,
  mfaRoutes,
  signInListRoutes,
  userRoutes,
  apiKeyRoutes,
  settingsRoutes,
  credentialRoutes,
  budgetRoutes,
  auditRoutes,
  policyRoutes,
  constitutionRoutes,
  legacyConstitutionRoutes,
  relationRoutes,
  memoryRoutes,
  transferRoutes,
  steeringRoutes,
  branchRoutes,
  sessionRoutes,
])
  app.route('/', routes)

app.openAPIRegistry.registerComponent('securitySchemes', 'token', { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' })
app.doc31('/openapi.json', {
  openapi: '3.1.0',
  info: { title: 'Soma Edge', version: '1', description: 'Conversations that stream, and survive.', license: { name: 'Apache-2.0' } },
  security: [{ token: [] }],
  tags: [
    'Sessions',
    'Branches',
    'Export and import',
    'Memory',
    'Sign-in',
    'Second factor',
    'API keys',
    'Users',
    'Settings',
    'Policy',
    'Constitution',
    'Relations',
    'Audit',
    'Health',
    'Administration',
  ].map((name) => ({ name })),
})

app.notFound(async (c) => {
  if (!isPage(c)) return problem(c, { kind: 'not_found' })
  const app = await c.env.ASSETS.fetch(new URL('/', c.req.url))
  // A copy, for what was fetched takes no further headers.
  return new Response(app.body, app)
})
app.onError((error, c) => {
  // Thrown by hono for a body that is no JSON; its message quotes nothing.
  if (error instanceof HTTPException && error.status === 400)
    return problem(c, { kind: 'malformed', detail: 'The body is not valid JSON.' })
  logFault('request.failed', error, { request: c.var.requestId })
  if (error instanceof AuditUnavailable)
    return problem(c, { kind: 'unavailable', what: 'The audit trail, without which nothing is changed,' })
  if (error instanceof CounterUnavailable) return problem(c, { kind: 'unavailable', what: 'The counter of what is remembered' })
  // It was rolled back, or not deployed everywhere yet; what is stored waits for the code that knows it.
  if (isNewerSchema(error)) return problem(c, { kind: 'unavailable', what: 'What you ask for was stored by a newer version, and' })
  return problem(c, { kind: 'internal' })
})

function provider(c: GatewayContext): { name: string } | null {
  const settings = oidcSettings(c.env)
  return settings && { name: settings.name }
}

/** A page of the app, which finds its own way: what a browser navigates to, and no file or API address. */
function isPage(c: GatewayContext): boolean {
  const page = c.req.method === 'GET' && c.req.header('accept')?.includes('text/html') === true
  return page && !/^\/(v1|constitution|assets)\//.test(c.req.path)
}

export default app satisfies ExportedHandler<GatewayEnv>
