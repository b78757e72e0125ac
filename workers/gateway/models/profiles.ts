/** `/v1/model-profiles`: the model profiles of the settings in SomaAgent01's shape. */
import { OpenAPIHono } from '@hono/zod-openapi'
import {
  ListModelProfiles,
  ModelProfileList,
  ModelProfileView,
  PostModelProfile,
  ProfileRolePath,
  PutModelProfile,
} from '../../../shared/api/model-profiles.ts'
import type { Failure } from '../../../shared/problem.ts'
import { ok, type Result } from '../../../shared/result.ts'
import { nameOfRole, type ProfileRole, roleOfName, useOfRole } from '../../../shared/settings/profile-role.ts'
import type { ModelProfile, StoredSettings } from '../../../shared/settings/settings.ts'
import type { Gateway, GatewayContext } from '../http/context.ts'
import { json, jsonBody, onInvalid, problems } from '../http/openapi.ts'
import { problem } from '../http/problem.ts'
import { createRoute } from '../http/route.ts'
import { readSettings } from '../settings/routes.ts'
import { removeProfile, saveProfile } from '../settings/save-profile.ts'

const tags = ['Models']
const path = '/v1/model-profiles'
const onePath = `${path}/{role}/{deployment_mode}` as const

const list = createRoute({
  method: 'get',
  path,
  tags,
  summary: 'List the model profiles by role',
  description: "SomaAgent01's view of the profiles of the settings.",
  request: { query: ListModelProfiles },
  responses: { 200: json(ModelProfileList), ...problems(400, 401, 403) },
})

const post = createRoute({
  method: 'post',
  path,
  tags,
  summary: 'Create or replace a model profile by role',
  description:
    'A profile with the role `dialogue` answers the chat from now on. One with the role `escalation` is its fallback, and `utility` the utility model.',
  request: { body: jsonBody(PostModelProfile) },
  responses: { 201: json(ModelProfileView, 'The profile'), ...problems(400, 401, 403, 409) },
})

const get = createRoute({
  method: 'get',
  path: onePath,
  tags,
  summary: 'Read a model profile by role',
  request: { params: ProfileRolePath },
  responses: { 200: json(ModelProfileView), ...problems(400, 401, 403, 404) },
})

const put = createRoute({
  method: 'put',
  path: onePath,
  tags,
  summary: 'Replace a model profile by role',
  description: 'Limits, price and window of a stored profile stay.',
  request: { params: ProfileRolePath, body: jsonBody(PutModelProfile) },
  responses: { 200: json(ModelProfileView), ...problems(400, 401, 403, 409) },
})

const remove = createRoute({
  method: 'delete',
  path: onePath,
  tags,
  summary: 'Remove a model profile by role',
  request: { params: ProfileRolePath },
  responses: { 204: { description: 'Deleted' }, ...problems(400, 401, 403, 404) },
})

/** A profile as SomaAgent01 has it. Undefined: there is none with this name. */
function viewOf({ version, settings }: StoredSettings, name: string): ModelProfileView | undefined {
  const profile = Object.hasOwn(settings.models, name) ? settings.models[name] : undefined
  if (!profile) return undefined
  const { model = 'builtin', base_url = '', temperature = null, kwargs = {} } = profile
  const { chat, utility } = settings
  const answers = chat.profile === name ? 'dialogue' : chat.fallback === name ? 'escalation' : utility.profile === name ? 'utility' : null
  return { ...roleOfName(name), model, base_url, temperature, kwargs, answers, version }
}

/** The profile with the changes. What SomaAgent01 does not know stays. */
function changedProfile(
  stored: StoredSettings,
  name: string,
  { model, base_url, temperature, kwargs, credential }: PutModelProfile,
): ModelProfile {
  const before = Object.hasOwn(stored.settings.models, name) ? stored.settings.models[name] : undefined
  const { temperature: _temperature, kwargs: _kwargs, ...kept } = before ?? {}
  const key = credential ?? before?.credential ?? keyFor(stored, base_url)
  return {
    ...kept,
    provider: before && before.provider !== 'builtin' ? before.provider : 'openai-compatible',
    model,
    base_url,
    ...(temperature !== undefined && { temperature }),
    ...(kwargs && { kwargs }),
    ...(key !== undefined && { credential: key }),
  }
}

/** The only key that may be sent to the address. Undefined: none, or several. */
function keyFor({ credentials }: StoredSettings, base_url: string): string | undefined {
  const fitting = credentials.filter(({ origin }) => origin === URL.parse(base_url)?.origin)
  return fitting.length === 1 ? fitting[0]?.provider : undefined
}

async function save(c: GatewayContext, role: ProfileRole, body: PutModelProfile): Promise<Result<ModelProfileView, Failure>> {
  const name = nameOfRole(role)
  const profile = changedProfile(await readSettings(c), name, body)
  const saved = await saveProfile(c, { name, profile, expected: body.version, pointer: '/base_url', fills: useOfRole(role) })
  if (!saved.ok) return saved
  const view = viewOf(saved.value, name)
  if (!view) throw new Error('the stored profile is missing')
  return ok(view)
}

export const modelProfileRoutes = new OpenAPIHono<Gateway>({ defaultHook: onInvalid })
  .openapi(list, async (c) => {
    const { deployment_mode } = c.req.valid('query')
    const stored = await readSettings(c)
    const views = Object.keys(stored.settings.models).flatMap((name) => viewOf(stored, name) ?? [])
    return c.json(
      views.filter((view) => deployment_mode === undefined || view.deployment_mode === deployment_mode),
      200,
    )
  })
  .openapi(post, async (c) => {
    const { role, deployment_mode, ...body } = c.req.valid('json')
    const saved = await save(c, { role, deployment_mode }, body)
    return saved.ok ? c.json(saved.value, 201) : problem(c, saved.error)
  })
  .openapi(get, async (c) => {
    const view = viewOf(await readSettings(c), nameOfRole(c.req.valid('param')))
    return view ? c.json(view, 200) : problem(c, { kind: 'not_found' })
  })
  .openapi(put, async (c) => {
    const saved = await save(c, c.req.valid('param'), c.req.valid('json'))
    return saved.ok ? c.json(saved.value, 200) : problem(c, saved.error)
  })
  .openapi(remove, async (c) => {
    const removed = await removeProfile(c, nameOfRole(c.req.valid('param')))
    return removed.ok ? c.body(null, 204) : problem(c, removed.error)
  })
