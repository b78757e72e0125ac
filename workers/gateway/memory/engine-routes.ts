/** `/v1/memory/…`: the caller's own memories with coordinates, payloads and vectors. */
import { OpenAPIHono } from '@hono/zod-openapi'
import type { FoundEntry } from '../../../durable-objects/memory/engine/engine.ts'
import type { EntrySearch } from '../../../durable-objects/memory/engine/search.ts'
import {
  Batches,
  CoordinateRange,
  Coordinates,
  DeletedCount,
  DeleteMany,
  EntryPath,
  HybridRecall,
  KeywordSearch,
  Matches,
  MemoryStats,
  PlacedEntry,
  RecallBatch,
  RecallEntries,
  RecallQuery,
  RecallWithContext,
  ScoredEntries,
  type ScoredEntry,
  StoreBulk,
  Stored,
  StoredCount,
  StoreEntry,
} from '../../../shared/api/memory-engine.ts'
import { Pruned, PruneEntries } from '../../../shared/api/memory-prune.ts'
import { defaultBoost } from '../../../shared/memory/engine/score.ts'
import { maxTerms, payloadText, queryTerms } from '../../../shared/memory/engine/terms.ts'
import type { Failure } from '../../../shared/problem.ts'
import { fail, ok, type Result } from '../../../shared/result.ts'
import { recordAudit } from '../audit/record.ts'
import type { Gateway, GatewayContext } from '../http/context.ts'
import { json, jsonBody, onInvalid, problems } from '../http/openapi.ts'
import { problem } from '../http/problem.ts'
import { createRoute } from '../http/route.ts'
import { withMemory } from './own-memory.ts'

const tags = ['Memory']
const readProblems = problems(400, 401, 403, 503)
const writeProblems = problems(400, 401, 403, 429, 503, 507)

const store = createRoute({
  method: 'post',
  path: '/v1/memory/store',
  tags,
  summary: 'Store a memory at a coordinate',
  description: 'Replaces the memory at the same coordinate. The first memory decides whether vectors come from you or from the texts.',
  request: { body: jsonBody(StoreEntry) },
  responses: { 200: json(Stored), ...writeProblems },
})
const storeBulk = createRoute({
  method: 'post',
  path: '/v1/memory/store_bulk',
  tags,
  summary: 'Store memories, all or none',
  request: { body: jsonBody(StoreBulk) },
  responses: { 200: json(StoredCount), ...writeProblems },
})
const recall = createRoute({
  method: 'post',
  path: '/v1/memory/recall',
  tags,
  summary: 'Recall the memories that fit a query best',
  description: 'The score is `max(0, cosine) · importance`. With `hybrid`, the terms of the query count too.',
  request: { body: jsonBody(RecallEntries) },
  responses: { 200: json(Matches), ...readProblems },
})
const recallByUrl = createRoute({
  method: 'get',
  path: '/v1/memory/recall',
  tags,
  summary: 'Recall the memories that fit a query best, by URL',
  request: { query: RecallQuery },
  responses: { 200: json(Matches), ...readProblems },
})
const recallBatch = createRoute({
  method: 'post',
  path: '/v1/memory/recall_batch',
  tags,
  summary: 'Recall memories for several queries',
  request: { body: jsonBody(RecallBatch) },
  responses: { 200: json(Batches), ...readProblems },
})
const recallWithScores = createRoute({
  method: 'post',
  path: '/v1/memory/recall_with_scores',
  tags,
  summary: 'Recall memories, each with its score taken apart',
  request: { body: jsonBody(RecallEntries) },
  responses: { 200: json(ScoredEntries), ...readProblems },
})
const hybridRecall = createRoute({
  method: 'post',
  path: '/v1/memory/hybrid_recall_with_scores',
  tags,
  summary: 'Recall memories by vector, terms and importance',
  request: { body: jsonBody(HybridRecall) },
  responses: { 200: json(ScoredEntries), ...readProblems },
})
const recallWithContext = createRoute({
  method: 'post',
  path: '/v1/memory/recall_with_context',
  tags,
  summary: 'Recall memories that fit a query in a situation',
  request: { body: jsonBody(RecallWithContext) },
  responses: { 200: json(Matches), ...readProblems },
})
const keywordSearch = createRoute({
  method: 'post',
  path: '/v1/memory/keyword_search',
  tags,
  summary: 'Find the memories that hold a term, the newest first',
  request: { body: jsonBody(KeywordSearch) },
  responses: { 200: json(Matches), ...readProblems },
})
const range = createRoute({
  method: 'get',
  path: '/v1/memory/range',
  tags,
  summary: 'List the coordinates in a box',
  request: { query: CoordinateRange },
  responses: { 200: json(Coordinates), ...readProblems },
})
const deleteMany = createRoute({
  method: 'post',
  path: '/v1/memory/delete_many',
  tags,
  summary: 'Delete the memories at these coordinates',
  request: { body: jsonBody(DeleteMany) },
  responses: { 200: json(DeletedCount, 'Deleted'), ...readProblems },
})
const getOne = createRoute({
  method: 'get',
  path: '/v1/memory/memories/{coord}',
  tags,
  summary: 'Get the memory at a coordinate',
  request: { params: EntryPath },
  responses: { 200: json(PlacedEntry), ...problems(400, 401, 403, 404, 503) },
})
const deleteOne = createRoute({
  method: 'delete',
  path: '/v1/memory/memories/{coord}',
  tags,
  summary: 'Delete the memory at a coordinate',
  description: 'Its links are deleted too.',
  request: { params: EntryPath },
  responses: { 204: { description: 'Deleted' }, ...problems(400, 401, 403, 404, 503) },
})
const prune = createRoute({
  method: 'post',
  path: '/v1/memory/prune',
  tags,
  summary: 'Prune memories by age and number',
  description: 'Each step has its reason. One run changes 100 memories at most. By default, nothing changes.',
  request: { body: jsonBody(PruneEntries) },
  responses: { 200: json(Pruned), ...problems(400, 401, 403, 503) },
})
const stats = createRoute({
  method: 'get',
  path: '/v1/memory/stats',
  tags,
  summary: 'Count your memories with coordinates',
  responses: { 200: json(MemoryStats), ...readProblems },
})

const search = (c: GatewayContext, ...searches: readonly EntrySearch[]): Promise<Result<FoundEntry[][], Failure>> =>
  withMemory(c, (memory) => memory.searchEntries(searches))

/** How a hybrid search without rules of its own finds terms. */
const usualHybrid = { boost: defaultBoost, exact: true, caseSensitive: false } as const

const searchOf = ({ query, top_k, type, filters, embedding, hybrid }: RecallEntries): EntrySearch => ({
  query,
  topK: top_k,
  type,
  filters,
  embedding,
  hybrid: hybrid ? usualHybrid : undefined,
})

const payloads = (found: readonly FoundEntry[] = []) => found.map(({ payload }) => JSON.parse(payload) as Record<string, unknown>)
const scored = (found: readonly FoundEntry[] = []): ScoredEntry[] =>
  found.map((entry) => ({ ...entry, payload: JSON.parse(entry.payload) as Record<string, unknown> }))

export const memoryEngineRoutes = new OpenAPIHono<Gateway>({ defaultHook: onInvalid })
  .openapi(store, async (c) => {
    const item = c.req.valid('json')
    const stored = await withMemory(c, (memory) => memory.storeEntries([item]))
    if (!stored.ok) return problem(c, stored.error)
    await recordAudit(c, { action: 'memory.write', target: `memory:${item.coord}`, outcome: 'done' })
    return c.json({ ok: true } as const, 200)
  })
  .openapi(storeBulk, async (c) => {
    const { items } = c.req.valid('json')
    const stored = await withMemory(c, (memory) => memory.storeEntries(items))
    if (!stored.ok) return problem(c, stored.error)
    await recordAudit(c, { action: 'memory.write', target: 'memory:*', outcome: 'done', detail: { stored: stored.value } })
    return c.json({ stored: stored.value }, 200)
  })
  .openapi(recall, async (c) => {
    const found = await search(c, searchOf(c.req.valid('json')))
    return found.ok ? c.json({ matches: payloads(found.value[0]) }, 200) : problem(c, found.error)
  })
  .openapi(recallByUrl, async (c) => {
    const found = await search(c, searchOf(c.req.valid('query')))
    return found.ok ? c.json({ matches: payloads(found.value[0]) }, 200) : problem(c, found.error)
  })
  .openapi(recallBatch, async (c) => {
    const { queries, ...rules } = c.req.valid('json')
    const found = await search(c, ...queries.map((query) => searchOf({ ...rules, query })))
    return found.ok ? c.json({ batches: found.value.map(payloads) }, 200) : problem(c, found.error)
  })
  .openapi(recallWithScores, async (c) => {
    const found = await search(c, searchOf(c.req.valid('json')))
    return found.ok ? c.json({ results: scored(found.value[0]) }, 200) : problem(c, found.error)
  })
  .openapi(hybridRecall, async (c) => {
    const { terms, boost, exact, case_sensitive: caseSensitive, ...rules } = c.req.valid('json')
    const found = await search(c, { ...searchOf({ ...rules, hybrid: true }), hybrid: { terms, boost, exact, caseSensitive } })
    return found.ok ? c.json({ results: scored(found.value[0]) }, 200) : problem(c, found.error)
  })
  .openapi(recallWithContext, async (c) => {
    const { context, ...rules } = c.req.valid('json')
    const terms = [...queryTerms(rules.query), ...queryTerms(payloadText(context))].slice(0, maxTerms)
    const found = await search(c, { ...searchOf({ ...rules, hybrid: true }), hybrid: { ...usualHybrid, terms } })
    return found.ok ? c.json({ matches: payloads(found.value[0]) }, 200) : problem(c, found.error)
  })
  .openapi(keywordSearch, async (c) => {
    const { term, top_k, type, exact, case_sensitive: caseSensitive } = c.req.valid('json')
    const found = await search(c, { query: term, topK: top_k, type, keyword: { exact, caseSensitive } })
    return found.ok ? c.json({ matches: payloads(found.value[0]) }, 200) : problem(c, found.error)
  })
  .openapi(range, async (c) => {
    const { min, max } = c.req.valid('query')
    if (min.split(',').length !== max.split(',').length)
      return problem(c, { kind: 'invalid', errors: [{ pointer: 'query/max', detail: 'must have as many numbers as min' }] })
    const found = await withMemory(c, async (memory) => ok(await memory.entriesWithin(min, max)))
    return found.ok ? c.json({ coords: found.value }, 200) : problem(c, found.error)
  })
  .openapi(deleteMany, async (c) => {
    const { coords } = c.req.valid('json')
    const deleted = await withMemory(c, async (memory) => ok(await memory.deleteEntries(coords)))
    if (!deleted.ok) return problem(c, deleted.error)
    await recordAudit(c, { action: 'memory.delete', target: 'memory:*', outcome: 'done', detail: { deleted: deleted.value } })
    return c.json({ deleted: deleted.value }, 200)
  })
  .openapi(getOne, async (c) => {
    const { coord } = c.req.valid('param')
    const found = await withMemory(c, async (memory) => {
      const row = await memory.entryAt(coord)
      return row ? ok(row) : fail<Failure>({ kind: 'not_found' })
    })
    if (!found.ok) return problem(c, found.error)
    const { payload, raw, importance, ...entry } = found.value
    return c.json({ ...entry, payload: JSON.parse(payload) as Record<string, unknown>, importance: raw, importance_norm: importance }, 200)
  })
  .openapi(deleteOne, async (c) => {
    const { coord } = c.req.valid('param')
    const deleted = await withMemory(c, async (memory) => ok(await memory.deleteEntries([coord])))
    if (!deleted.ok) return problem(c, deleted.error)
    if (deleted.value === 0) return problem(c, { kind: 'not_found' })
    await recordAudit(c, { action: 'memory.delete', target: `memory:${coord}`, outcome: 'done' })
    return c.body(null, 204)
  })
  .openapi(prune, async (c) => {
    const { dry_run, ...rules } = c.req.valid('json')
    const pruned = await withMemory(c, async (memory) => ok(await memory.pruneEntries(rules, dry_run)))
    if (!pruned.ok) return problem(c, pruned.error)
    const { steps, remaining } = pruned.value
    if (!dry_run) await recordAudit(c, { action: 'memory.delete', target: 'memory:*', outcome: 'done', detail: { pruned: steps.length } })
    return c.json(
      { dry_run, steps: steps.map((step) => ('keys' in step ? { ...step, keys: [...step.keys] } : { ...step })), remaining },
      200,
    )
  })
  .openapi(stats, async (c) => {
    const counted = await withMemory(c, async (memory, namespace) => ok(await memory.entryStats(namespace)))
    return counted.ok ? c.json(counted.value, 200) : problem(c, counted.error)
  })
