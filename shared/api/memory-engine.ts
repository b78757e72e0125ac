/** `/v1/memory/…`: memories with a coordinate, a payload and a vector. The shapes follow SomaFractalMemory. Each limit has a test. */
import { z } from 'zod'
import { coordinateText, parseCoordinate } from '../memory/engine/coordinate.ts'
import { parseEmbedding } from '../memory/engine/embedding.ts'
import { defaultBoost } from '../memory/engine/score.ts'
import { maxTerms, payloadFault } from '../memory/engine/terms.ts'

/** The limits of these memories and of their searches. */
export const engineLimits = {
  /** UTF-16 units of a payload as JSON. */
  payloadUnits: 4_000,
  /** Memories of one user. */
  memories: 10_000,
  /** Links between them. */
  links: 50_000,
  linkTypeUnits: 100,
  neighbours: 500,
  /** Numbers in a vector. */
  dimension: 4_096,
  queryUnits: 2_000,
  termUnits: 200,
  topK: 100,
  bulk: 100,
  queries: 5,
} as const

/** A place and name: numbers with commas between them. It becomes its one text. */
export const Coordinate = z
  .string()
  .superRefine((text, c) => {
    const parsed = parseCoordinate(text)
    if (!parsed.ok) c.addIssue({ code: 'custom', message: parsed.error })
  })
  .transform((text) => {
    const parsed = parseCoordinate(text)
    return parsed.ok ? coordinateText(parsed.value) : text
  })
  .meta({ description: 'Decimal numbers with commas between them. The same place replaces the memory.', example: '1,2,3' })

/** Whether a memory is of an event or of a fact. */
export const EntryType = z.enum(['episodic', 'semantic'])
export type EntryType = z.infer<typeof EntryType>

/** The client's own fields. */
export const Payload = z
  .record(z.string(), z.unknown())
  .superRefine((payload, c) => {
    const fault = payloadFault(payload) ?? (JSON.stringify(payload).length > engineLimits.payloadUnits ? tooLong : null)
    if (fault !== null) c.addIssue({ code: 'custom', message: fault })
  })
  .meta({ description: 'Your own fields. Their texts are what a search reads.', example: { task: 'Water the tomatoes' } })
const tooLong = `must have at most ${engineLimits.payloadUnits} UTF-16 units as JSON`

/** A vector of the client's own model. All vectors of a memory have one dimension. */
export const Embedding = z
  .array(z.number())
  .min(1)
  .max(engineLimits.dimension)
  .superRefine((numbers, c) => {
    const parsed = parseEmbedding(numbers)
    if (!parsed.ok) c.addIssue({ code: 'custom', message: parsed.error })
  })
  .meta({ description: 'A vector of your own model. Without one, a hash of the text, which finds equal texts only.' })

/** A memory to store. */
export const StoreEntry = z.object({
  coord: Coordinate,
  payload: Payload,
  type: EntryType.default('episodic'),
  importance: z
    .number()
    .optional()
    .meta({ description: 'Any number. It is compared with those before. A memory without one counts as in the middle.' }),
  embedding: Embedding.optional(),
})
export type StoreEntry = z.infer<typeof StoreEntry>

/** The answer to a stored memory. */
export const Stored = z.object({ ok: z.literal(true) })
export type Stored = z.infer<typeof Stored>

/** Memories to store in one transaction. */
export const StoreBulk = z.object({ items: z.array(StoreEntry).min(1).max(engineLimits.bulk) })
export type StoreBulk = z.infer<typeof StoreBulk>

/** The number of stored memories. */
export const StoredCount = z.object({ stored: z.int() })
export type StoredCount = z.infer<typeof StoredCount>

const Query = z.string().min(1, 'must not be empty').max(engineLimits.queryUnits)
const TopK = z.number().int().min(1).max(engineLimits.topK)
const Filters = z
  .record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]))
  .meta({ description: 'Fields of the payload and the value that each must have', example: { topic: 'garden' } })

/** A search for the memories that fit best. */
export const RecallEntries = z.object({
  query: Query,
  top_k: TopK.default(5),
  type: EntryType.optional(),
  filters: Filters.optional(),
  hybrid: z.boolean().default(false).meta({ description: 'Also by the terms of the query, not by vectors alone' }),
  embedding: Embedding.optional(),
})
export type RecallEntries = z.infer<typeof RecallEntries>

/** The same as a query of a URL. */
export const RecallQuery = z.object({
  query: Query,
  top_k: z.coerce.number().int().min(1).max(engineLimits.topK).default(5),
  type: EntryType.optional(),
  hybrid: z
    .enum(['true', 'false'])
    .default('false')
    .transform((text) => text === 'true'),
})
export type RecallQuery = z.infer<typeof RecallQuery>

/** The payloads that fit, the best first. */
export const Matches = z.object({ matches: z.array(Payload) })
export type Matches = z.infer<typeof Matches>

/** A memory that fits, and its score taken apart. */
export const ScoredEntry = z
  .object({
    coord: z.string(),
    type: EntryType,
    payload: z.record(z.string(), z.unknown()),
    created_at: z.int().meta({ description: 'When it was stored, Unix milliseconds' }),
    score: z.number().meta({ description: 'From 0 to 1' }),
    parts: z.record(z.string(), z.number()).meta({ description: 'The parts of the score. They sum to it.' }),
  })
  .meta({ id: 'ScoredMemory' })
export type ScoredEntry = z.infer<typeof ScoredEntry>

/** The memories that fit, the best first. */
export const ScoredEntries = z.object({ results: z.array(ScoredEntry) })
export type ScoredEntries = z.infer<typeof ScoredEntries>

const Rule = {
  exact: z.boolean().default(true).meta({ description: 'Anywhere in the text, as it stands. Otherwise: as whole words, in any order.' }),
  case_sensitive: z.boolean().default(false),
}

/** A search by vector, terms and importance together. */
export const HybridRecall = RecallEntries.omit({ hybrid: true }).extend({
  terms: z
    .array(z.string().min(1).max(engineLimits.termUnits))
    .max(maxTerms)
    .optional()
    .meta({ description: 'Default: quoted phrases of the query, its words of four letters or more, and Chinese, Japanese or Thai words' }),
  boost: z.number().min(0).max(100).default(defaultBoost).meta({ description: 'How much more the terms count than the vector' }),
  ...Rule,
})
export type HybridRecall = z.infer<typeof HybridRecall>

/** Several searches with the same rules. */
export const RecallBatch = RecallEntries.omit({ query: true, embedding: true }).extend({
  queries: z.array(Query).min(1).max(engineLimits.queries),
})
export type RecallBatch = z.infer<typeof RecallBatch>

/** The payloads that fit each query. */
export const Batches = z.object({ batches: z.array(z.array(Payload)) })
export type Batches = z.infer<typeof Batches>

/** A search with more terms, from the situation of the caller. */
export const RecallWithContext = RecallEntries.omit({ hybrid: true }).extend({
  context: Payload.meta({ description: 'Its texts add terms to those of the query', example: { place: 'greenhouse' } }),
})
export type RecallWithContext = z.infer<typeof RecallWithContext>

/** A search for one term. */
export const KeywordSearch = z.object({
  term: z.string().min(1, 'must not be empty').max(engineLimits.termUnits),
  top_k: TopK.default(50),
  type: EntryType.optional(),
  ...Rule,
})
export type KeywordSearch = z.infer<typeof KeywordSearch>

/** A box of coordinates, both corners included. */
export const CoordinateRange = z.object({ min: Coordinate, max: Coordinate })
export type CoordinateRange = z.infer<typeof CoordinateRange>

/** Places of memories. */
export const Coordinates = z.object({ coords: z.array(z.string()) })
export type Coordinates = z.infer<typeof Coordinates>

/** A memory, found by its place. */
export const PlacedEntry = z
  .object({
    coord: z.string(),
    type: EntryType,
    payload: z.record(z.string(), z.unknown()),
    importance: z.number().nullable().meta({ description: 'As it was given. `null`: none was given.' }),
    importance_norm: z.number().meta({ description: 'From 0 to 1, as it counts in a score' }),
    created_at: z.int().meta({ description: 'When it was stored, Unix milliseconds' }),
  })
  .meta({ id: 'PlacedMemory' })
export type PlacedEntry = z.infer<typeof PlacedEntry>

/** The path of one memory. */
export const EntryPath = z.object({ coord: Coordinate })

/** Places of memories to delete. */
export const DeleteMany = z.object({ coords: z.array(Coordinate).min(1).max(engineLimits.bulk) })
export type DeleteMany = z.infer<typeof DeleteMany>

/** The number of deleted memories. */
export const DeletedCount = z.object({ deleted: z.int() })
export type DeletedCount = z.infer<typeof DeletedCount>

/** The numbers of memories. */
export const MemoryStats = z.object({
  total_memories: z.int(),
  episodic: z.int(),
  semantic: z.int(),
  vector_count: z.int(),
  namespaces: z.array(z.string()),
  vector_collections: z.array(z.object({ dimension: z.int(), model_revision: z.string(), vectors: z.int() })),
})
export type MemoryStats = z.infer<typeof MemoryStats>
