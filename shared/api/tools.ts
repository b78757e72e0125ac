/** Tools: what models may call, and the catalog of a workspace. */
import { z } from 'zod'
import { Effect } from '../events/event.ts'
import { EventId, SessionId } from '../ids.ts'
import { ApprovalRule } from '../tool/approval-rule.ts'
import { CatalogEntry, catalogLimits, ToolName } from '../tool/catalog.ts'
import { SendMessage } from './messages.ts'
import { UnixMs } from './unix-ms.ts'

const Parameters = z.record(z.string(), z.unknown()).meta({ description: 'JSON Schema of the arguments' })
const Description = z.string().meta({ description: 'What models are told about the tool' })

/** A tool as models see it. */
export const ToolView = z
  .object({
    name: z.string(),
    description: Description,
    parameters: Parameters,
    effect: Effect,
    approval: ApprovalRule,
    timeout_ms: z.int().meta({ description: 'The longest run, in milliseconds' }),
  })
  .meta({ id: 'Tool' })
export type ToolView = z.infer<typeof ToolView>

/** The tools that the caller may use. */
export const ToolList = z.object({ tools: z.array(ToolView), count: z.int().meta({ description: 'The number of tools' }) })
export type ToolList = z.infer<typeof ToolList>

/** An entry of the catalog as the API returns it. */
export const CatalogEntryView = z
  .object({
    name: z.string(),
    version: z.int().meta({ description: 'The version of the entry. 0: the tool was never changed' }),
    updated_at: UnixMs.nullable().meta({ description: 'Null: the tool was never changed' }),
    updated_by: z.string().nullable(),
    ...CatalogEntry.shape,
    breaker: z
      .object({
        state: z
          .enum(['closed', 'open'])
          .meta({ description: '`open`: the tool failed again and again, and its calls are refused for now' }),
        failures: z.int().meta({ description: 'Failures since the last success. Five open the breaker' }),
        retry_at: UnixMs.nullable().meta({ description: 'When calls run again. Null: they run' }),
      })
      .meta({ description: 'The circuit breaker of the tool in this workspace' }),
    declared: z
      .object({
        description: Description,
        parameters: Parameters,
        effect: Effect,
        approval: ApprovalRule,
        scopes: z.array(z.string()),
        limits: z.object({ timeout_ms: z.int(), output_units: z.int() }),
      })
      .meta({ description: 'What the tool itself says. It holds where the entry has null' }),
  })
  .meta({ id: 'CatalogEntry' })
export type CatalogEntryView = z.infer<typeof CatalogEntryView>

/** The catalog of the workspace. */
export const CatalogView = z.object({
  version: z.int().meta({ description: 'The version of the catalog; each change of a tool increments it' }),
  tools: z.array(CatalogEntryView).meta({ description: 'Every tool, by name' }),
  count: z.int().meta({ description: 'The number of tools' }),
})
export type CatalogView = z.infer<typeof CatalogView>

/** A changed entry, as a whole. What is left out is as the tool declares it. */
export const PutCatalogEntry = CatalogEntry.extend({
  version: z.int().min(0).optional().meta({
    description: 'The version of the entry that this change is based on. A newer stored version refuses it with 409. Absent: not checked',
  }),
})
export type PutCatalogEntry = z.infer<typeof PutCatalogEntry>

/** A call that a client requests, in the shape of SomaAgent01. */
export const RequestTool = z.object({
  session_id: SessionId.optional().meta({ description: 'The conversation of the call. Absent: a new one' }),
  tool_name: ToolName.meta({ description: 'A tool of `GET /v1/tools`' }),
  args: z
    .record(z.string(), z.unknown())
    .default({})
    .refine((args) => JSON.stringify(args).length <= catalogLimits.requestUnits, {
      error: `must have at most ${catalogLimits.requestUnits} UTF-16 units as JSON`,
    })
    .meta({ description: 'The arguments, as the tool describes them' }),
  persona_id: SendMessage.shape.persona_id,
  metadata: SendMessage.shape.metadata,
  event_id: EventId.optional(),
})
export type RequestTool = z.infer<typeof RequestTool>

/** An accepted call. Its events are in the log and the stream of the session. */
export const RequestedTool = z.object({
  status: z.literal('enqueued'),
  event_id: z.string(),
  session_id: z.string(),
  turn_id: z.string().meta({ description: 'The turn that is this call. It ends after the call' }),
  seq: z.int(),
})
export type RequestedTool = z.infer<typeof RequestedTool>

/** Path of one tool. */
export const ToolPath = z.object({ name: ToolName })
export type ToolPath = z.infer<typeof ToolPath>
