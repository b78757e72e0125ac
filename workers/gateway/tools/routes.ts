/** `/v1/tools` and `/v1/tool-catalog`: the tools that models may call, and what an admin changes about them. */
import { OpenAPIHono } from '@hono/zod-openapi'
import { CatalogEntryView, CatalogView, PutCatalogEntry, ToolList, ToolPath, ToolView } from '../../../shared/api/tools.ts'
import { unlessOlder } from '../../../shared/older-release.ts'
import type { BreakerState } from '../../../shared/tool/breaker.ts'
import { type Catalog, CatalogEntry, type StoredEntry } from '../../../shared/tool/catalog.ts'
import type { CatalogStore } from '../../../shared/tool/catalog-ports.ts'
import type { ToolDeclaration } from '../../../shared/tool/tool.ts'
import { recordAudit } from '../audit/record.ts'
import type { Gateway, GatewayContext } from '../http/context.ts'
import { json, jsonBody, onInvalid, problems } from '../http/openapi.ts'
import { callParty, toolCatalog } from '../http/parties.ts'
import { problem } from '../http/problem.ts'
import { createRoute } from '../http/route.ts'

const tags = ['Tools']

const list = createRoute({
  method: 'get',
  path: '/v1/tools',
  tags,
  summary: 'List the tools that you may use',
  description: 'The policy decides about each call with its arguments.',
  responses: { 200: json(ToolList), ...problems(401, 403) },
})

const readCatalog = createRoute({
  method: 'get',
  path: '/v1/tool-catalog',
  tags,
  summary: 'Read the tool catalog of the workspace',
  responses: { 200: json(CatalogView), ...problems(401, 403) },
})

const get = createRoute({
  method: 'get',
  path: '/v1/tool-catalog/{name}',
  tags,
  summary: 'Read the entry of one tool',
  request: { params: ToolPath },
  responses: { 200: json(CatalogEntryView), ...problems(400, 401, 403, 404) },
})

const put = createRoute({
  method: 'put',
  path: '/v1/tool-catalog/{name}',
  tags,
  summary: 'Replace the entry of one tool',
  description: 'It applies to the next call of every conversation, also in running turns. A call that runs already is not stopped.',
  request: { params: ToolPath, body: jsonBody(PutCatalogEntry) },
  responses: { 200: json(CatalogEntryView), ...problems(400, 401, 403, 404, 409) },
})

const storeOf = (c: GatewayContext) => c.env.TENANT.getByName(c.var.principal.tenant) as unknown as CatalogStore

async function catalogOf(c: GatewayContext): Promise<Catalog> {
  const catalog = await callParty('The tool catalog', async () => storeOf(c).toolCatalog())
  return catalog ?? { version: 0, entries: [] }
}

type Breakers = Readonly<Record<string, BreakerState>>

/** The breakers of the workspace. A tenant object of an earlier release has none. */
const breakersOf = async (c: GatewayContext): Promise<Breakers> => (await unlessOlder(async () => storeOf(c).toolBreakers())) ?? {}

const breakerView = ({ failures, open_until }: BreakerState = { failures: 0, open_until: null }) => ({
  state: open_until === null ? ('closed' as const) : ('open' as const),
  failures,
  retry_at: open_until,
})

function view(
  { name, description, parameters, effect, approval, scopes, timeout_ms, output_units }: ToolDeclaration,
  breakers: Breakers,
  stored?: StoredEntry,
) {
  return {
    name,
    version: stored?.version ?? 0,
    updated_at: stored?.updated_at ?? null,
    updated_by: stored?.updated_by ?? null,
    ...(stored?.entry ?? CatalogEntry.parse({})),
    breaker: breakerView(breakers[name]),
    declared: { description, parameters, effect, approval, scopes: [...scopes], limits: { timeout_ms, output_units } },
  }
}

const byName = (a: { readonly name: string }, b: { readonly name: string }) => (a.name < b.name ? -1 : 1)

export const toolRoutes = new OpenAPIHono<Gateway>({ defaultHook: onInvalid })
  .openapi(list, async (c) => {
    const { tenant, subject, roles } = c.var.principal
    const offered = await toolCatalog(c).offered({ tenant, subject, role_at_most: roles[0] })
    return c.json({ tools: offered.map((tool) => ToolView.parse(tool)), count: offered.length }, 200)
  })
  .openapi(readCatalog, async (c) => {
    const [declared, { version, entries }, breakers] = await Promise.all([
      toolCatalog(c).declared(c.var.principal.tenant),
      catalogOf(c),
      breakersOf(c),
    ])
    const stored = new Map(entries.map((entry) => [entry.name, entry]))
    const tools = declared.map((tool) => view(tool, breakers, stored.get(tool.name))).sort(byName)
    return c.json({ version, tools, count: tools.length }, 200)
  })
  .openapi(get, async (c) => {
    const { name } = c.req.valid('param')
    const [declared, { entries }, breakers] = await Promise.all([
      toolCatalog(c).declared(c.var.principal.tenant),
      catalogOf(c),
      breakersOf(c),
    ])
    const tool = declared.find((candidate) => candidate.name === name)
    if (!tool) return problem(c, { kind: 'not_found' })
    return c.json(
      view(
        tool,
        breakers,
        entries.find((entry) => entry.name === name),
      ),
      200,
    )
  })
  .openapi(put, async (c) => {
    const { name } = c.req.valid('param')
    const { version: expected, ...entry } = c.req.valid('json')
    const tool = (await toolCatalog(c).declared(c.var.principal.tenant)).find((candidate) => candidate.name === name)
    if (!tool) return problem(c, { kind: 'not_found' })
    const changed = await storeOf(c).changeTool(name, entry, c.var.principal.subject, expected)
    if (!changed.ok) return problem(c, changed.error)
    const { version } = changed.value
    const detail = { version, enabled: entry.enabled, approval: entry.approval }
    await recordAudit(c, { action: 'tool.catalog.update', target: `tool:${name}`, outcome: 'changed', detail })
    return c.json(view(tool, await breakersOf(c), changed.value), 200)
  })
