/** `/v1/audit`: decisions and changes in the caller's tenant. */
import { OpenAPIHono } from '@hono/zod-openapi'
import { type AuditEntry, AuditPage, ExportAudit, ListAudit } from '../../../shared/api/audit.ts'
import type { Gateway } from '../http/context.ts'
import { json, jsonLines, onInvalid, problems } from '../http/openapi.ts'
import { createRoute } from '../http/route.ts'

const tags = ['Audit']

const list = createRoute({
  method: 'get',
  path: '/v1/audit',
  tags,
  summary: 'List decisions and changes, newest first',
  request: {
    query: ListAudit,
  },
  responses: { 200: json(AuditPage), ...problems(400, 401, 403) },
})

const exportAll = createRoute({
  method: 'get',
  path: '/v1/audit/export',
  tags,
  summary: 'Export the audit trail as lines of JSON, oldest first',
  description: "The stream follows the reader's pace. `npm run verify-audit` checks the hash chain.",
  request: { query: ExportAudit },
  responses: { 200: jsonLines, ...problems(400, 401, 403) },
})

/** Maximum entries of a page. The trail also limits a page to about 250 kB. */
const pageEntries = 1_000

export const auditRoutes = new OpenAPIHono<Gateway>({ defaultHook: onInvalid })
  .openapi(list, async (c) => {
    const { before = Number.MAX_SAFE_INTEGER, limit, notable, ...fields } = c.req.valid('query')
    // A trail of an older release ignores the filter.
    const filter = { ...fields, ...(notable && ({ notable: 1 } as const)) }
    const trail = c.env.AUDIT_TRAIL.getByName(c.var.principal.tenant)
    const [lines, head] = await Promise.all([trail.page(filter, before, limit), trail.head()])
    const entries = lines.map((line) => JSON.parse(line) as AuditEntry)
    return c.json({ entries, next_before: entries.length === limit ? (entries.at(-1)?.seq ?? null) : null, head }, 200)
  })
  .openapi(exportAll, (c) => {
    let { after } = c.req.valid('query')
    const trail = () => c.env.AUDIT_TRAIL.getByName(c.var.principal.tenant)
    const encoder = new TextEncoder()
    const stream = new ReadableStream<Uint8Array>({
      async pull(controller) {
        const { text, last } = await trail().lines(after, pageEntries)
        if (text === '') return controller.close()
        after = last
        controller.enqueue(encoder.encode(text))
      },
    })
    return new Response(stream, {
      headers: { 'content-type': 'application/x-ndjson', 'content-disposition': 'attachment; filename="audit.ndjson"' },
    }) as never
  })
