/** The routes of the API, in order: public routes, then authentication and policy, then protected routes. */
import type { OpenAPIHono } from '@hono/zod-openapi'
import type { MiddlewareHandler } from 'hono'
import { keySetMaxAgeSeconds } from '../../shared/identity/rotation.ts'
import { readVariable } from '../../shared/settings/variables.ts'
import { apiKeyRoutes } from './accounts/api-keys.ts'
import { mfaRoutes } from './accounts/mfa.ts'
import { ownInstructionRoutes } from './accounts/own-instructions.ts'
import { signInListRoutes } from './accounts/own-sign-ins.ts'
import { userRoutes } from './accounts/users.ts'
import { resumableRoutes } from './attachments/resumable.ts'
import { attachmentRoutes } from './attachments/routes.ts'
import { auditRoutes } from './audit/routes.ts'
import { acceptKeyHeader, authenticate } from './auth/authenticate.ts'
import { devSignInRoutes } from './auth/dev-sign-in.ts'
import { rejectForeignTenant } from './auth/foreign-tenant.ts'
import { mfaSignInRoutes } from './auth/mfa-sign-in.ts'
import { oidcRoutes } from './auth/oidc.ts'
import { oidcSettings } from './auth/oidc-settings.ts'
import { signInRoutes } from './auth/sign-in.ts'
import { keySet } from './auth/tokens.ts'
import { a2aPaths, a2aRoutes, becomesRequests, cardRoutes } from './faces/a2a/routes.ts'
import { agUiRoutes } from './faces/ag-ui/routes.ts'
import { aiSdkRoutes, missingIsSilent, resumePath } from './faces/ai-sdk/routes.ts'
import { anthropicError } from './faces/anthropic/errors.ts'
import { anthropicPaths, anthropicRoutes } from './faces/anthropic/routes.ts'
import { durableStreamRoutes } from './faces/durable-streams/routes.ts'
import { translateProblems } from './faces/errors.ts'
import { becomesOneRequest } from './faces/mcp/becomes-request.ts'
import { mcpPath, nameResource, resourceDocument, resourceHeaders, resourcePath } from './faces/mcp/protected-resource.ts'
import { mcpFaceRoutes } from './faces/mcp/routes.ts'
import { embeddingRoutes } from './faces/openai/embeddings.ts'
import { openaiError } from './faces/openai/errors.ts'
import { fileRoutes } from './faces/openai/files.ts'
import { responseRoutes } from './faces/openai/responses.ts'
import { openaiPaths, openaiRoutes } from './faces/openai/routes.ts'
import { limitUnless, type ServeApi } from './faces/own-api.ts'
import { acceptBody } from './http/body.ts'
import type { Gateway, GatewayContext } from './http/context.ts'
import { budgetRoutes } from './limits/budgets.ts'
import { heavyLimit } from './limits/heavy-limit.ts'
import { rateLimit } from './limits/rate-limit.ts'
import { mcpRoutes } from './mcp/routes.ts'
import { mcpCallbackRoutes, mcpSignInRoutes } from './mcp/sign-in.ts'
import { memoryEngineRoutes } from './memory/engine-routes.ts'
import { memoryExportRoutes } from './memory/export-routes.ts'
import { memoryGraphRoutes } from './memory/graph-routes.ts'
import { memoryRoutes } from './memory/routes.ts'
import { modelProfileRoutes } from './models/profiles.ts'
import { modelRoutes } from './models/routes.ts'
import { backupRoutes } from './operations/backup.ts'
import { healthRoutes } from './operations/health.ts'
import { signingKeyRoutes } from './operations/signing-keys.ts'
import { personaRoutes } from './personas/routes.ts'
import { constitutionRoutes } from './policy/constitution.ts'
import { legacyConstitutionRoutes } from './policy/constitution-legacy.ts'
import { enforcePolicy } from './policy/enforce.ts'
import { policyRoutes } from './policy/routes.ts'
import { peopleRoutes } from './relations/people.ts'
import { relationRoutes } from './relations/routes.ts'
import { branchRoutes } from './sessions/branches.ts'
import { callRoutes } from './sessions/calls.ts'
import { sessionRoutes } from './sessions/routes.ts'
import { sharedSessionRoutes } from './sessions/shared-sessions.ts'
import { steeringRoutes } from './sessions/steering.ts'
import { transferRoutes } from './sessions/transfer.ts'
import { trashRoutes } from './sessions/trash.ts'
import { credentialRoutes } from './settings/credentials.ts'
import { settingsRoutes } from './settings/routes.ts'
import { toolRequestRoutes } from './tools/request.ts'
import { toolRoutes } from './tools/routes.ts'
import { workdirRoutes } from './workdir/routes.ts'

/** A build constant: false in `wrangler.toml`, true in `npm start`. */
declare const DEVELOPMENT_BUILD: boolean

const provider = (c: GatewayContext): { name: string } | null => {
  const settings = oidcSettings(c.env)
  return settings && { name: settings.name }
}

const publicRoutes = [
  healthRoutes,
  signInRoutes((c) => ({ dev: DEVELOPMENT_BUILD && readVariable(c.env, 'SOMA_DEV_SIGN_IN'), oidc: provider(c) })),
  oidcRoutes,
  mfaSignInRoutes,
  mcpCallbackRoutes,
]

const protectedRoutes = [
  backupRoutes,
  signingKeyRoutes,
  mfaRoutes,
  signInListRoutes,
  ownInstructionRoutes,
  userRoutes,
  apiKeyRoutes,
  settingsRoutes,
  credentialRoutes,
  budgetRoutes,
  personaRoutes,
  toolRoutes,
  mcpRoutes,
  mcpSignInRoutes,
  toolRequestRoutes,
  modelRoutes,
  openaiRoutes,
  embeddingRoutes,
  fileRoutes,
  responseRoutes,
  anthropicRoutes,
  aiSdkRoutes,
  agUiRoutes,
  durableStreamRoutes,
  modelProfileRoutes,
  auditRoutes,
  policyRoutes,
  constitutionRoutes,
  legacyConstitutionRoutes,
  relationRoutes,
  peopleRoutes,
  memoryRoutes,
  memoryEngineRoutes,
  memoryGraphRoutes,
  memoryExportRoutes,
  attachmentRoutes,
  resumableRoutes,
  workdirRoutes,
  // Before `sessionRoutes`: its paths would match `action` and `import` as session ids.
  transferRoutes,
  callRoutes,
  steeringRoutes,
  trashRoutes,
  branchRoutes,
  sharedSessionRoutes,
  sessionRoutes,
]

/** The API's paths. SomaBrain serves `/constitution` outside of `/v1`, and clients of MCP expect `/mcp`. */
const api = ['/v1/*', '/constitution/*', mcpPath, a2aPaths] as const
/** The rate limits of faces over our own API. */
const faceLimits: Readonly<Record<string, MiddlewareHandler<Gateway>>> = {
  [mcpPath]: limitUnless(becomesOneRequest),
  [a2aPaths]: limitUnless(becomesRequests),
}

/** The routes that need a credential, by their description: those without `security: []`. Paths in the form of the router. */
const authenticatedRoutes = ({ openAPIRegistry }: Pick<OpenAPIHono<Gateway>, 'openAPIRegistry'>) =>
  openAPIRegistry.definitions.flatMap((definition) =>
    definition.type === 'route' && definition.route.security?.length !== 0
      ? [{ method: definition.route.method.toUpperCase(), path: definition.route.path.replaceAll(/\{(\w+)\}/g, ':$1') }]
      : [],
  )

/** Adds every route to `app`. */
export function addRoutes(app: OpenAPIHono<Gateway>): void {
  app.use(resumePath, missingIsSilent)
  for (const path of anthropicPaths) app.use(path, translateProblems(anthropicError), acceptKeyHeader)
  for (const path of openaiPaths) app.use(path, translateProblems(openaiError))
  app.use(mcpPath, nameResource)
  for (const path of api) app.use(path, acceptBody)
  app.get(resourcePath, async (c) => c.json(resourceDocument(c), 200, resourceHeaders))
  app.get('/.well-known/jwks.json', async (c) =>
    c.json(await keySet(c.env), 200, { 'cache-control': `public, max-age=${keySetMaxAgeSeconds}` }),
  )
  for (const routes of publicRoutes) {
    for (const { method, path } of authenticatedRoutes(routes)) app.on(method, path, authenticate, rateLimit)
    app.route('/', routes)
  }
  // A deployed build does not contain it.
  if (DEVELOPMENT_BUILD) app.route('/', devSignInRoutes())
  // Before authentication: a client reads the card to learn how to authenticate.
  app.route('/', cardRoutes)
  for (const path of api) app.use(path, authenticate, rejectForeignTenant, faceLimits[path] ?? rateLimit, heavyLimit, enforcePolicy)
  for (const routes of protectedRoutes) app.route('/', routes)
  const serve: ServeApi = async (request, c) => app.fetch(request, c.env, c.executionCtx)
  app.route('/', mcpFaceRoutes(serve))
  app.route('/', a2aRoutes(serve))
}
