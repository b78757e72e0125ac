/** A user's memories: facts stored under keys, and messages kept from conversations. Each limit has a test. */
import { z } from 'zod'

/** The limits of memories and of their queries. */
export const memoryLimits = {
  /** UTF-16 units of one memory. A longer text is a document. */
  units: 4_000,
  keyUnits: 200,
  /** Memories in one namespace. */
  memories: 10_000,
  page: 200,
  queryUnits: 400,
} as const

const wellFormed = (text: string): boolean => text.isWellFormed()

/** A client's name for a fact. Storing a fact under the same key replaces it. */
export const MemoryKey = z
  .string()
  .min(1, 'must not be empty')
  .max(memoryLimits.keyUnits, `must have at most ${memoryLimits.keyUnits} UTF-16 units`)
  .refine(wellFormed, 'must be well-formed Unicode (RFC 7493 §2.1)')

/** A fact, and the key that it is stored under. */
export const Remember = z.object({
  key: MemoryKey.meta({ description: 'Your name for the fact. The same key replaces the value.', example: 'favourite tea' }),
  value: z
    .string()
    .max(memoryLimits.units, `must have at most ${memoryLimits.units} UTF-16 units`)
    .refine((text) => text.trim() !== '', 'must not be empty or blank')
    .refine(wellFormed, 'must be well-formed Unicode (RFC 7493 §2.1)')
    .meta({ example: 'Assam, with milk' }),
})
export type Remember = z.infer<typeof Remember>

/** One stored memory. */
export const Memory = z
  .object({
    id: z.string(),
    kind: z.enum(['said', 'fact']).meta({ description: '`said`: extracted from a conversation. `fact`: stored with `/v1/remember`.' }),
    key: z.string().nullable(),
    text: z.string(),
    created_at: z.int().meta({ description: 'When the memory was last said or stored, Unix milliseconds' }),
    source: z
      .object({ session_id: z.string(), seq: z.int() })
      .nullable()
      .meta({ description: 'One source of the memory: the event `seq` of that session. `null`: stored with `/v1/remember`.' }),
    superseded_by: z
      .string()
      .nullable()
      .optional()
      .meta({ description: 'In a list: the newer memory that contradicts this one. Models are not given what it replaces.' }),
  })
  .meta({ id: 'Memory' })
export type Memory = z.infer<typeof Memory>

/** A page of memories. `next_cursor`: the `cursor` of the next page; null: none. */
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
  ids: z
    .string()
    .regex(/^[\w-]{1,64}(,[\w-]{1,64}){0,31}$/, 'must be 1 to 32 ids with commas between them')
    .optional()
    .meta({ description: 'Lists only these memories, without pages, such as those of `answered_by.memories`. Deleted ones are missing.' }),
})
export type ListMemories = z.infer<typeof ListMemories>

/** Query of `DELETE /v1/memories`. */
export const ForgetEverything = z.object({ confirm: z.literal('everything') })
export type ForgetEverything = z.infer<typeof ForgetEverything>

/** The number of deleted memories. */
export const DeletedMemories = z.object({ forgotten: z.int() })
export type DeletedMemories = z.infer<typeof DeletedMemories>

/** Path of the fact under a key. */
export const RecallPath = z.object({ key: z.string().meta({ example: 'favourite tea' }) })
export type RecallPath = z.infer<typeof RecallPath>

/** Path of one memory. */
export const MemoryPath = z.object({ memory: z.string().max(64) })
export type MemoryPath = z.infer<typeof MemoryPath>
