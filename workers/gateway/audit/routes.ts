/** `/v1/audit`: what was decided and changed in the caller's tenant. */
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi'
import type { Gateway } from '../http/context.ts'
import { json, onInvalid, problems } from '../http/openapi.ts'

const tags = ['Audit']

const Entry = z
  .looseObject({
    seq: z.int(),
    at: z.int().meta({ description: 'Unix milliseconds' }),
    kind: z.enum(['decision', 'change']),
    subject: z.string(),
    action: z.string(),
    target: z.string(),
    outcome: z.string(),
    prev: z.string(),
    hash: z.string().meta({ description: 'SHA-256 of `prev` and the canonical JSON (RFC 8785) of the entry without `prev` and `hash`' }),
  })
  .meta({ id: 'AuditEntry' })
const Page = z.object({
  entries: z.array(Entry),
  next_before: z.int().nullable().meta({ description: 'Ask for the next page with `before`; `null`: this is the last' }),
  head: z
    .object({ seq: z.int(), hash: z.string() })
    .meta({ description: 'The newest entry: an export that does not end with it is not whole' }),
})
const Text = z.string().min(1).max(255).optional()

const list = createRoute({
  method: 'get',
  path: '/v1/audit',
  tags,
  summary: 'Decisions and changes, the newest first',
  request: {
    query: z.object({
      subject: Text,
      action: Text,
      outcome: Text,
      kind: z.enum(['decision', 'change']).optional(),
      before: z.coerce.number().int().min(1).optional(),
      limit: z.coerce.number().int().min(1).max(200).default(50),
    }),
  },
  responses: { 200: json(Page), ...problems(400, 401, 403) },
})

const exportAll = createRoute({
  method: 'get',
  path: '/v1/audit/export',
  tags,
  summary: 'The whole trail as lines of JSON, the oldest first',
  description: 'Sent as fast as it is taken. `npm run verify-audit` checks its chain.',
  request: { query: z.object({ after: z.coerce.number().int().min(0).default(0) }) },
  responses: { 200: { description: 'As asked', content: { 'application/x-ndjson': { schema: z.string() } } }, ...problems(400, 401, 403) },
})

/** Entries asked for at once; the trail ends a page at some 250 kB. */
const pageEntries = 1_000

export const auditRoutes = new OpenAPIHono<Gateway>({ defaultHook: onInvalid })
  .openapi(list, async (c) => {
    const { before = Number.MAX_SAFE_INTEGER, limit, ...filter } = c.req.valid('query')
    const trail = c.env.AUDIT_TRAIL.getByName(c.var.principal.tenant)
    const [lines, head] = await Promise.all([trail.page(filter, before, limit), trail.head()])
    const entries = lines.map((line) => JSON.parse(line) as z.infer<typeof Entry>)
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
