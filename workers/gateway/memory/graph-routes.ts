/** `/v1/memory/link`, `/neighbors`, `/shortest_path`: links between the caller's own memories with coordinates. */
import { OpenAPIHono } from '@hono/zod-openapi'
import { Stored } from '../../../shared/api/memory-engine.ts'
import { FindPath, LinkEnds, LinkPath, ListNeighbours, type Neighbour, Neighbours, StoreLink } from '../../../shared/api/memory-graph.ts'
import type { Failure } from '../../../shared/problem.ts'
import { fail, ok } from '../../../shared/result.ts'
import { recordAudit } from '../audit/record.ts'
import type { Gateway } from '../http/context.ts'
import { json, jsonBody, onInvalid, problems } from '../http/openapi.ts'
import { problem } from '../http/problem.ts'
import { createRoute } from '../http/route.ts'
import { withMemory } from './own-memory.ts'

const tags = ['Memory']

const link = createRoute({
  method: 'post',
  path: '/v1/memory/link',
  tags,
  summary: 'Link a memory to another',
  description: 'A link has a direction. 404: there is no memory at one of the coordinates.',
  request: { body: jsonBody(StoreLink) },
  responses: { 200: json(Stored), ...problems(400, 401, 403, 404, 429, 503, 507) },
})
const unlink = createRoute({
  method: 'post',
  path: '/v1/memory/unlink',
  tags,
  summary: 'Delete a link',
  request: { body: jsonBody(LinkEnds) },
  responses: { 200: json(Stored), ...problems(400, 401, 403, 404, 503) },
})
const neighbors = createRoute({
  method: 'get',
  path: '/v1/memory/neighbors',
  tags,
  summary: 'List the memories that links lead to, the shortest link first',
  request: { query: ListNeighbours },
  responses: { 200: json(Neighbours), ...problems(400, 401, 403, 404, 503) },
})
const shortestPath = createRoute({
  method: 'get',
  path: '/v1/memory/shortest_path',
  tags,
  summary: 'Find the shortest path along links',
  description: 'By the sum of weights. `[]`: no path. 404: there is no memory at one of the coordinates.',
  request: { query: FindPath },
  responses: { 200: json(LinkPath), ...problems(400, 401, 403, 404, 503) },
})

export const memoryGraphRoutes = new OpenAPIHono<Gateway>({ defaultHook: onInvalid })
  .openapi(link, async (c) => {
    const { from_coord: from, to_coord: to, type, weight } = c.req.valid('json')
    const linked = await withMemory(c, (memory) => memory.linkEntries({ from, to, type, weight }))
    if (!linked.ok) return problem(c, linked.error)
    await recordAudit(c, { action: 'memory.write', target: `memory:${from}`, outcome: 'done', detail: { linked: to } })
    return c.json({ ok: true } as const, 200)
  })
  .openapi(unlink, async (c) => {
    const { from_coord: from, to_coord: to, type } = c.req.valid('json')
    const deleted = await withMemory(c, async (memory) =>
      (await memory.unlinkEntries({ from, to, type })) ? ok(null) : fail<Failure>({ kind: 'not_found' }),
    )
    if (!deleted.ok) return problem(c, deleted.error)
    await recordAudit(c, { action: 'memory.delete', target: `memory:${from}`, outcome: 'done', detail: { unlinked: to } })
    return c.json({ ok: true } as const, 200)
  })
  .openapi(neighbors, async (c) => {
    const { coord, link_type: type, limit } = c.req.valid('query')
    const found = await withMemory(c, (memory) => memory.entryNeighbours({ coord, type, limit }))
    if (!found.ok) return problem(c, found.error)
    return c.json({ neighbors: found.value.map(({ to, type, weight }): Neighbour => [to, { type, weight }]) }, 200)
  })
  .openapi(shortestPath, async (c) => {
    const { frm, to, link_type: type } = c.req.valid('query')
    const found = await withMemory(c, (memory) => memory.entryPath(frm, to, type))
    return found.ok ? c.json({ path: found.value }, 200) : problem(c, found.error)
  })
