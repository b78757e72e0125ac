/** `/v1/settings`: a tenant's settings, their history, and its model profiles. */
import { OpenAPIHono } from '@hono/zod-openapi'
import {
  ListSettingsHistory,
  ProbeResult,
  ProfilePath,
  ProfileView,
  PutProfile,
  PutSettings,
  SettingsHistory,
  SettingsView,
} from '../../../shared/api/settings.ts'
import { defaultSettings, type StoredSettings } from '../../../shared/settings/settings.ts'
import { recordAudit } from '../audit/record.ts'
import type { Gateway, GatewayContext } from '../http/context.ts'
import { json, jsonBody, onInvalid, problems } from '../http/openapi.ts'
import { modelAdmin } from '../http/parties.ts'
import { problem } from '../http/problem.ts'
import { createRoute } from '../http/route.ts'
import { removeProfile, saveProfile } from './save-profile.ts'

const tags = ['Settings']

const get = createRoute({
  method: 'get',
  path: '/v1/settings',
  tags,
  summary: 'Read the settings, with defaults filled in and keys masked',
  responses: { 200: json(SettingsView), ...problems(401, 403) },
})

const put = createRoute({
  method: 'put',
  path: '/v1/settings',
  tags,
  summary: 'Change settings',
  description: 'A given section replaces the stored one. Model profiles and keys have their own routes.',
  request: { body: jsonBody(PutSettings) },
  responses: { 200: json(SettingsView), ...problems(400, 401, 403, 409) },
})

const history = createRoute({
  method: 'get',
  path: '/v1/settings/history',
  tags,
  summary: 'List changes of settings, newest first, with secrets masked',
  request: {
    query: ListSettingsHistory,
  },
  responses: { 200: json(SettingsHistory), ...problems(400, 401, 403) },
})

const getProfile = createRoute({
  method: 'get',
  path: '/v1/settings/models/{name}',
  tags,
  summary: 'Read a model profile',
  request: { params: ProfilePath },
  responses: { 200: json(ProfileView), ...problems(400, 401, 403, 404) },
})

const putProfile = createRoute({
  method: 'put',
  path: '/v1/settings/models/{name}',
  tags,
  summary: 'Create or replace a model profile',
  description: "The address must be https on the public internet. A tenant's first profile answers its messages.",
  request: { params: ProfilePath, body: jsonBody(PutProfile) },
  responses: { 200: json(ProfileView), ...problems(400, 401, 403, 409) },
})

const remove = createRoute({
  method: 'delete',
  path: '/v1/settings/models/{name}',
  tags,
  summary: 'Remove a model profile',
  request: { params: ProfilePath },
  responses: { 204: { description: 'Deleted' }, ...problems(400, 401, 403, 404) },
})

const test = createRoute({
  method: 'post',
  path: '/v1/settings/models/{name}/test',
  tags,
  summary: 'Test a profile with one cheap call, at most 10 s',
  request: { params: ProfilePath },
  responses: { 200: json(ProbeResult), ...problems(400, 401, 403, 404) },
})

const tenantOf = (c: GatewayContext) => c.env.TENANT.getByName(c.var.principal.tenant)

/** The settings of the caller's tenant. */
export async function readSettings(c: GatewayContext): Promise<StoredSettings> {
  const stored = await tenantOf(c).settings()
  if (!stored) throw new Error('the tenant object returned no settings')
  // An object of an earlier release does not know every section.
  return { ...stored, settings: { ...defaultSettings, ...stored.settings } }
}

export const settingsRoutes = new OpenAPIHono<Gateway>({ defaultHook: onInvalid })
  .openapi(get, async (c) => {
    const { version, settings, credentials } = await readSettings(c)
    return c.json({ version, settings, credentials: [...credentials] }, 200)
  })
  .openapi(put, async (c) => {
    const { version: expected, ...sections } = c.req.valid('json')
    const changed = await tenantOf(c).change({ kind: 'sections', sections }, c.var.principal.subject, expected)
    if (!changed.ok) return problem(c, changed.error)
    const detail = { version: changed.value.version, sections: Object.keys(sections) }
    await recordAudit(c, { action: 'settings.update', target: 'settings', outcome: 'changed', detail })
    return c.json({ ...changed.value, credentials: [...changed.value.credentials] }, 200)
  })
  .openapi(history, async (c) => {
    const { before = Number.MAX_SAFE_INTEGER, limit } = c.req.valid('query')
    const entries = await tenantOf(c).settingsHistory(before, limit)
    const changes = entries.map(({ diff, ...entry }) => ({ ...entry, changes: JSON.parse(diff) }))
    return c.json({ changes, next: entries.length === limit ? (entries.at(-1)?.version ?? null) : null }, 200)
  })
  .openapi(getProfile, async (c) => {
    const { name } = c.req.valid('param')
    const { version, settings } = await readSettings(c)
    const profile = Object.hasOwn(settings.models, name) ? settings.models[name] : undefined
    return profile ? c.json({ version, name, profile }, 200) : problem(c, { kind: 'not_found' })
  })
  .openapi(putProfile, async (c) => {
    const { name } = c.req.valid('param')
    const { profile, version: expected } = c.req.valid('json')
    const saved = await saveProfile(c, { name, profile, expected, pointer: '/profile/base_url' })
    return saved.ok ? c.json({ version: saved.value.version, name, profile }, 200) : problem(c, saved.error)
  })
  .openapi(remove, async (c) => {
    const removed = await removeProfile(c, c.req.valid('param').name)
    return removed.ok ? c.body(null, 204) : problem(c, removed.error)
  })
  .openapi(test, async (c) => {
    const result = await modelAdmin(c).tryProfile(c.var.principal.tenant, c.req.valid('param').name)
    if (!result) return problem(c, { kind: 'not_found' })
    const { models, ...outcome } = result
    return c.json({ ...outcome, ...(models && { models: [...models] }) }, 200)
  })
