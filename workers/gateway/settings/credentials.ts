/** `/v1/llm/credentials`: keys of model providers. No response shows a key. */
import { OpenAPIHono } from '@hono/zod-openapi'
import {
  CredentialList,
  CredentialPath,
  FernetToken,
  PutCredential,
  PutNamedCredential,
  RotatedDataKey,
} from '../../../shared/api/credentials.ts'
import type { Failure } from '../../../shared/problem.ts'
import { fail, ok, type Result } from '../../../shared/result.ts'
import { CredentialView } from '../../../shared/settings/settings.ts'
import { recordAudit } from '../audit/record.ts'
import type { Gateway, GatewayContext } from '../http/context.ts'
import { json, jsonBody, onInvalid, problems } from '../http/openapi.ts'
import { modelAdmin, vault } from '../http/parties.ts'
import { problem } from '../http/problem.ts'
import { createRoute } from '../http/route.ts'
import { readSettings } from './routes.ts'

const tags = ['Settings']

const list = createRoute({
  method: 'get',
  path: '/v1/llm/credentials',
  tags,
  summary: 'List provider keys, masked',
  responses: { 200: json(CredentialList), ...problems(401, 403) },
})
const get = createRoute({
  method: 'get',
  path: '/v1/llm/credentials/{provider}',
  tags,
  summary: 'Read a provider key (always refused)',
  description: 'Always refuses. Only the conversation Worker decrypts keys, for a call to a model.',
  request: { params: CredentialPath },
  responses: { ...problems(400, 401, 403) },
})
const put = createRoute({
  method: 'put',
  path: '/v1/llm/credentials/{provider}',
  tags,
  summary: 'Set or replace a provider key',
  description: 'The next call to a model uses the key.',
  request: { params: CredentialPath, body: jsonBody(PutCredential) },
  responses: { 200: json(CredentialView), ...problems(400, 401, 403, 503) },
})
// SomaAgent01's path: its body names the provider.
const post = createRoute({
  ...put,
  method: 'post',
  path: '/v1/llm/credentials',
  summary: 'Set or replace a provider key, named in the body',
  request: {
    body: jsonBody(PutNamedCredential),
  },
})
const remove = createRoute({
  method: 'delete',
  path: '/v1/llm/credentials/{provider}',
  tags,
  summary: 'Remove a provider key',
  request: { params: CredentialPath },
  responses: { 204: { description: 'Deleted' }, ...problems(400, 401, 403, 404) },
})
const toFernet = createRoute({
  method: 'post',
  path: '/v1/llm/credentials/{provider}/fernet',
  tags,
  summary: 'Export a provider key as a Fernet token, sealed with SA01_CRYPTO_FERNET_KEY',
  request: { params: CredentialPath },
  responses: { 200: json(FernetToken), ...problems(400, 401, 403, 404, 503) },
})
const rotate = createRoute({
  method: 'post',
  path: '/v1/settings/data-key/rotate',
  tags,
  summary: "Rotate the data key and re-encrypt the tenant's secrets",
  description: 'The new key is sealed under the current root key. The previous data key still decrypts until the next rotation.',
  responses: {
    200: json(RotatedDataKey),
    ...problems(401, 403, 503),
  },
})

/** The origins of well-known providers. */
const origins: Readonly<Record<string, string>> = {
  openai: 'https://api.openai.com',
  openrouter: 'https://openrouter.ai',
  groq: 'https://api.groq.com',
  mistral: 'https://api.mistral.ai',
  deepseek: 'https://api.deepseek.com',
  together: 'https://api.together.xyz',
  brave: 'https://api.search.brave.com',
}

/**
 * The origin that a key is bound to. In order: the requested origin, the stored origin,
 * that of the profiles with this key, that of a well-known provider.
 */
async function originFor(c: GatewayContext, provider: string, requested: string | undefined): Promise<Result<string, Failure>> {
  if (requested !== undefined) {
    const validated = await modelAdmin(c).judge(requested)
    return validated.ok ? validated : fail({ kind: 'invalid', errors: [{ pointer: '/origin', detail: validated.error }] })
  }
  const { settings, credentials } = await readSettings(c)
  const stored = credentials.find((credential) => credential.provider === provider)
  const profiles = Object.values(settings.models).filter(({ credential }) => credential === provider)
  const profileOrigins = new Set(profiles.flatMap(({ base_url }) => (base_url === undefined ? [] : [new URL(base_url).origin])))
  const [profileOrigin] = profileOrigins.size === 1 ? profileOrigins : []
  const origin = stored?.origin ?? profileOrigin ?? (Object.hasOwn(origins, provider) ? origins[provider] : undefined)
  if (origin !== undefined) return ok(origin)
  return fail({
    kind: 'invalid',
    errors: [{ pointer: '/origin', detail: 'must name the origin that receives this key, e.g. https://api.example.com' }],
  })
}

async function putCredential(c: GatewayContext, provider: string, key: PutCredential) {
  const origin = await originFor(c, provider, key.origin)
  if (!origin.ok) return problem(c, origin.error)
  const { tenant, subject } = c.var.principal
  const secret = key.secret === undefined ? { fernet: key.fernet ?? '' } : { plain: key.secret }
  const sealed = await vault(c).put(tenant, { provider, origin: origin.value, secret, subject })
  if (!sealed.ok) return problem(c, sealed.error)
  const { masked, version } = sealed.value
  await recordAudit(c, {
    action: 'settings.update',
    target: `credential:${provider}`,
    outcome: 'changed',
    detail: { masked, origin: origin.value, version },
  })
  return c.json(sealed.value, 200)
}

export const credentialRoutes = new OpenAPIHono<Gateway>({ defaultHook: onInvalid })
  .openapi(list, async (c) => c.json({ credentials: [...(await readSettings(c)).credentials] }, 200))
  .openapi(get, (c) => problem(c, { kind: 'never_shown' }))
  .openapi(put, (c) => putCredential(c, c.req.valid('param').provider, c.req.valid('json')))
  .openapi(post, (c) => {
    const { provider, ...key } = c.req.valid('json')
    return putCredential(c, provider, key)
  })
  .openapi(remove, async (c) => {
    const { tenant, subject } = c.var.principal
    const { provider } = c.req.valid('param')
    if (!(await c.env.TENANT.getByName(tenant).removeCredential(provider, subject))) return problem(c, { kind: 'not_found' })
    await recordAudit(c, { action: 'settings.update', target: `credential:${provider}`, outcome: 'removed' })
    return c.body(null, 204)
  })
  .openapi(toFernet, async (c) => {
    const { provider } = c.req.valid('param')
    const token = await vault(c).toFernet(c.var.principal.tenant, provider)
    if (!token.ok) return problem(c, token.error)
    await recordAudit(c, { action: 'settings.update', target: `credential:${provider}`, outcome: 'exported as Fernet' })
    return c.json({ fernet: token.value }, 200)
  })
  .openapi(rotate, async (c) => {
    const rotated = await vault(c).rotate(c.var.principal.tenant)
    if (!rotated.ok) return problem(c, rotated.error)
    const { current, resealed, retired } = rotated.value
    await recordAudit(c, { action: 'settings.update', target: 'data-key', outcome: 'rotated', detail: { current, resealed } })
    return c.json({ current, resealed, retired: [...retired] }, 200)
  })
