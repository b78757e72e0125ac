/** `/v1/remember`, `/v1/recall`, `/v1/memories`: the caller's own memories. */
import { OpenAPIHono } from '@hono/zod-openapi'
import {
  DeletedMemories,
  ForgetEverything,
  ListMemories,
  Memory,
  MemoryList,
  MemoryPath,
  RecallPath,
  Remember,
} from '../../../shared/api/memory.ts'
import { memoryObjectName, userNamespace } from '../../../shared/ids.ts'
import { unlessOlder } from '../../../shared/older-release.ts'
import { recordAudit } from '../audit/record.ts'
import type { Gateway, GatewayContext } from '../http/context.ts'
import { json, jsonBody, onInvalid, problems } from '../http/openapi.ts'
import { problem } from '../http/problem.ts'
import { createRoute } from '../http/route.ts'

const tags = ['Memory']

const remember = createRoute({
  method: 'post',
  path: '/v1/remember',
  tags,
  summary: 'Remember a fact',
  description: 'Stores the fact under a key. Storing the same key again replaces the value.',
  request: { body: jsonBody(Remember) },
  responses: { 200: json(Memory), ...problems(400, 401, 403, 503, 507) },
})
const recall = createRoute({
  method: 'get',
  path: '/v1/recall/{key}',
  tags,
  summary: 'Recall a fact by its key',
  request: { params: RecallPath },
  responses: { 200: json(Memory), ...problems(401, 403, 404) },
})
const list = createRoute({
  method: 'get',
  path: '/v1/memories',
  tags,
  summary: 'List your memories',
  description: 'Newest first. With `q`, lists memories that contain all of its words, best match first. With `ids`, lists these.',
  request: {
    query: ListMemories,
  },
  responses: { 200: json(MemoryList), ...problems(400, 401, 403) },
})
const forget = createRoute({
  method: 'delete',
  path: '/v1/memories/{memory}',
  tags,
  summary: 'Delete a memory',
  description: 'The memory returns only if you send or store its text again.',
  request: { params: MemoryPath },
  responses: { 204: { description: 'Deleted' }, ...problems(401, 403, 404) },
})
const forgetAll = createRoute({
  method: 'delete',
  path: '/v1/memories',
  tags,
  summary: 'Delete all memories',
  description: 'Requires `confirm=everything`. Earlier messages are never extracted again.',
  request: { query: ForgetEverything },
  responses: { 200: json(DeletedMemories, 'Deleted'), ...problems(400, 401, 403) },
})

/** The caller's memory object. No request can name another user's. */
const ownMemory = ({ env, var: { principal } }: GatewayContext) =>
  env.MEMORY.getByName(memoryObjectName(principal.tenant, userNamespace(principal.subject)))

export const memoryRoutes = new OpenAPIHono<Gateway>({ defaultHook: onInvalid })
  .openapi(remember, async (c) => {
    const { key, value } = c.req.valid('json')
    const stored = await ownMemory(c).keep(key, value)
    if (!stored.ok) return problem(c, stored.error)
    await recordAudit(c, { action: 'memory.write', target: `memory:${stored.value.id}`, outcome: 'done' })
    return c.json(stored.value, 200)
  })
  .openapi(recall, async (c) => {
    const memory = await ownMemory(c).recall(c.req.valid('param').key)
    return memory ? c.json(memory, 200) : problem(c, { kind: 'not_found' })
  })
  .openapi(list, async (c) => {
    const { q, limit, cursor, ids } = c.req.valid('query')
    if (ids !== undefined) {
      // An object of an earlier release finds none.
      const named = await unlessOlder(() => ownMemory(c).byIds(ids.split(',')))
      return c.json({ memories: named ?? [], next_cursor: null }, 200)
    }
    const position = cursor === undefined ? null : Number(cursor)
    const query = q.trim()
    const { memories, next } = await ownMemory(c).find({
      q: query,
      limit,
      ...(query ? { before: null, skip: position ?? 0 } : { before: position, skip: 0 }),
    })
    return c.json({ memories, next_cursor: next === null ? null : String(next) }, 200)
  })
  .openapi(forget, async (c) => {
    const { memory: id } = c.req.valid('param')
    if (!(await ownMemory(c).forget(id))) return problem(c, { kind: 'not_found' })
    await recordAudit(c, { action: 'memory.delete', target: `memory:${id}`, outcome: 'done' })
    return c.body(null, 204)
  })
  .openapi(forgetAll, async (c) => {
    const forgotten = await ownMemory(c).forgetAll()
    await recordAudit(c, { action: 'memory.delete', target: 'memory:*', outcome: 'done', detail: { forgotten } })
    return c.json({ forgotten }, 200)
  })
