/** The audit trail, page by page. */
import { z } from 'zod'
import { Flag } from './flag.ts'
import { UnixMs } from './unix-ms.ts'

/** One entry of the audit trail, with its links in the hash chain. */
export const AuditEntry = z
  .looseObject({
    seq: z.int(),
    at: UnixMs,
    kind: z.enum(['decision', 'change']),
    subject: z.string(),
    action: z.string(),
    target: z.string(),
    outcome: z.string(),
    tenant: z.string(),
    request_id: z.string().optional(),
    reasons: z.array(z.string()).optional(),
    policy: z
      .object({
        revision: z.int(),
        hash: z.string(),
        constitution: z.object({ version: z.int(), checksum: z.string() }).optional(),
      })
      .optional(),
    input: z.unknown().optional(),
    detail: z.record(z.string(), z.unknown()).optional(),
    prev: z.string(),
    hash: z.string().meta({ description: 'SHA-256 over `prev` and the canonical JSON (RFC 8785) of the entry, without `prev` and `hash`' }),
  })
  .meta({ id: 'AuditEntry' })
export type AuditEntry = z.infer<typeof AuditEntry>

/** A page of the audit trail, newest entries first. */
export const AuditPage = z.object({
  entries: z.array(AuditEntry),
  next_before: z.int().nullable().meta({ description: 'The `before` of the next page; `null`: this is the last page' }),
  head: z.object({ seq: z.int(), hash: z.string() }).meta({ description: 'The newest entry. A complete export ends with it.' }),
})
export type AuditPage = z.infer<typeof AuditPage>

const Text = z.string().min(1).max(255).optional()

/** Query of `GET /v1/audit`. */
export const ListAudit = z.object({
  subject: Text,
  action: Text,
  outcome: Text,
  kind: z.enum(['decision', 'change']).optional(),
  notable: Flag.optional().meta({ description: '`true`: changes and refusals only' }),
  from: z.coerce.number().int().min(0).optional().meta({ description: 'The earliest time, Unix ms' }),
  to: z.coerce.number().int().min(0).optional().meta({ description: 'The latest time, Unix ms' }),
  before: z.coerce.number().int().min(1).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
})
export type ListAudit = z.infer<typeof ListAudit>

/** Query of `GET /v1/audit/export`. */
export const ExportAudit = z.object({ after: z.coerce.number().int().min(0).default(0) })
export type ExportAudit = z.infer<typeof ExportAudit>
