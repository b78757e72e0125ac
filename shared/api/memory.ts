/** What is remembered of somebody, as the API says it. Requests and answers once, as in `api.ts`; limits are stated and tested. */
import { z } from 'zod'

export const memoryLimits = {
  /** UTF-16 units of one memory. What is longer is a document, not something to remember of somebody. */
  units: 4_000,
  keyUnits: 200,
  /** In one namespace. */
  memories: 10_000,
  page: 200,
  queryUnits: 400,
} as const

const wellFormed = (text: string): boolean => text.isWellFormed()

/** A client's own name for a fact, so that telling it again replaces it. */
export const MemoryKey = z
  .string()
  .min(1, 'must not be empty')
  .max(memoryLimits.keyUnits, `must have at most ${memoryLimits.keyUnits} UTF-16 units`)
  .refine(wellFormed, 'must be well-formed Unicode (RFC 7493 §2.1)')

export const Remember = z.object({
  key: MemoryKey.meta({ description: 'Your name for it. The same key again replaces the value.', example: 'favourite tea' }),
  value: z
    .string()
    .max(memoryLimits.units, `must have at most ${memoryLimits.units} UTF-16 units`)
    .refine((text) => text.trim() !== '', 'must not be empty or blank')
    .refine(wellFormed, 'must be well-formed Unicode (RFC 7493 §2.1)')
    .meta({ example: 'Assam, with milk' }),
})
export type Remember = z.infer<typeof Remember>

export const Memory = z
  .object({
    id: z.string(),
    kind: z.enum(['said', 'fact']).meta({ description: '`said`: kept of a conversation. `fact`: told with `/v1/remember`.' }),
    key: z.string().nullable(),
    text: z.string(),
    created_at: z.int().meta({ description: 'When it was said first, or told, Unix milliseconds' }),
    source: z
      .object({ session_id: z.string(), seq: z.int() })
      .nullable()
      .meta({ description: 'One of the places where it was said: the event `seq` of that session. `null`: it was told.' }),
  })
  .meta({ id: 'Memory' })
export type Memory = z.infer<typeof Memory>

export const MemoryList = z.object({ memories: z.array(Memory), next_cursor: z.string().nullable() })
export type MemoryList = z.infer<typeof MemoryList>

/** Query of `GET /v1/memories`. */
export const ListMemories = z.object({
  q: z.string().max(memoryLimits.queryUnits).default('').meta({ example: 'tea' }),
  limit: z.coerce.number().int().min(1).max(memoryLimits.page).default(50),
  cursor: z
    .string()
    .regex(/^\d{1,15}$/, 'must be the `next_cursor` of a page')
    .optional(),
})
export type ListMemories = z.infer<typeof ListMemories>

/** Query of `DELETE /v1/memories`. */
export const ForgetEverything = z.object({ confirm: z.literal('everything') })
export type ForgetEverything = z.infer<typeof ForgetEverything>

export const Forgotten = z.object({ forgotten: z.int() })
export type Forgotten = z.infer<typeof Forgotten>

/** Path of the fact under a key. */
export const RecallPath = z.object({ key: z.string().meta({ example: 'favourite tea' }) })
export type RecallPath = z.infer<typeof RecallPath>

/** Path of one memory. */
export const MemoryPath = z.object({ memory: z.string().max(64) })
export type MemoryPath = z.infer<typeof MemoryPath>
