/** `/v1/memory/export`, `/v1/memory/import`: the caller's own memories with coordinates, and their links, as lines of JSON. */
import { OpenAPIHono } from '@hono/zod-openapi'
import type { ExportCursor } from '../../../durable-objects/memory/engine/transfer.ts'
import { ImportedCount, ImportLines } from '../../../shared/api/memory-export.ts'
import { ok } from '../../../shared/result.ts'
import { recordAudit } from '../audit/record.ts'
import type { Gateway } from '../http/context.ts'
import { json, jsonBody, jsonLines, onInvalid, problems } from '../http/openapi.ts'
import { problem } from '../http/problem.ts'
import { createRoute } from '../http/route.ts'
import { withMemory } from './own-memory.ts'

const tags = ['Memory']

const exportAll = createRoute({
  method: 'get',
  path: '/v1/memory/export',
  tags,
  summary: 'Export your memories with coordinates',
  description: 'A header, each memory in order of storage, then each link. Empty without memories.',
  responses: { 200: jsonLines, ...problems(401, 403, 429, 503) },
})
const importAll = createRoute({
  method: 'post',
  path: '/v1/memory/import',
  tags,
  summary: 'Import lines of an export, all or none',
  description: 'Send the lines in their order, 100 at a time. Each counts as one write.',
  request: { body: jsonBody(ImportLines) },
  responses: { 200: json(ImportedCount), ...problems(400, 401, 403, 429, 503, 507) },
})

export const memoryExportRoutes = new OpenAPIHono<Gateway>({ defaultHook: onInvalid })
  .openapi(exportAll, async (c) => {
    const page = (cursor: ExportCursor | null) => withMemory(c, async (memory) => ok(await memory.exportEntries(cursor)))
    const first = await page(null)
    if (!first.ok) return problem(c, first.error)
    const encoder = new TextEncoder()
    let { text, next } = first.value
    const stream = new ReadableStream<Uint8Array>({
      async pull(controller) {
        if (text !== '') controller.enqueue(encoder.encode(text))
        if (next === null) return controller.close()
        const following = await page(next)
        // A broken stream tells the client that the file is not complete.
        if (!following.ok) throw new Error('the memory cannot be read')
        ;({ text, next } = following.value)
      },
    })
    return new Response(stream, {
      headers: { 'content-type': 'application/x-ndjson', 'content-disposition': 'attachment; filename="memories.ndjson"' },
    }) as never
  })
  .openapi(importAll, async (c) => {
    const { lines, replace } = c.req.valid('json')
    const imported = await withMemory(c, (memory) => memory.importEntries(lines, replace))
    if (!imported.ok) return problem(c, imported.error)
    await recordAudit(c, { action: 'memory.write', target: 'memory:*', outcome: 'done', detail: { imported: imported.value.memories } })
    return c.json(imported.value, 200)
  })
