/** `/v1/memory/export` and `/import`: memories with coordinates as lines of JSON. An export of what was imported is the same text. */
import { z } from 'zod'
import { reservoirSize } from '../memory/engine/importance.ts'
import { Coordinate, EntryType, engineLimits, Payload } from './memory-engine.ts'
import { LinkType, LinkWeight } from './memory-graph.ts'

const Quantiles = z.object({ q10: z.number(), q50: z.number(), q90: z.number(), q99: z.number() })

/** What all memories have in common: their vectors, and what is known of importance. */
export const ExportHeader = z.object({
  kind: z.literal('header'),
  format: z.literal('soma-memory-1'),
  dimension: z.int().min(1).max(engineLimits.dimension),
  model_revision: z.string().min(1).max(200),
  importance: z
    .object({ values: z.array(z.number()).max(reservoirSize), added: z.int().min(0), quantiles: Quantiles.nullable() })
    .refine(({ values, added }) => added >= values.length, 'must have added as many values as it has')
    .meta({ description: 'The newest values, the number of all values, and their quantiles' }),
})

/** One memory. */
export const ExportedEntry = z.object({
  kind: z.literal('memory'),
  coord: Coordinate,
  type: EntryType,
  payload: Payload,
  importance: z.number().nullable(),
  importance_norm: z.number().min(0).max(1),
  created_at: z.int().min(0),
  embedding: z
    .string()
    .max(4 * Math.ceil((4 * engineLimits.dimension) / 3) + 4)
    .optional()
    .meta({ description: 'A unit vector: float32 numbers, little-endian, as base64. Absent: it is made from the text.' }),
})
export type ExportedEntry = z.infer<typeof ExportedEntry>

/** One link. Its memories come before it. */
export const ExportedLink = z.object({
  kind: z.literal('link'),
  from_coord: Coordinate,
  to_coord: Coordinate,
  type: LinkType,
  weight: LinkWeight,
})
export type ExportedLink = z.infer<typeof ExportedLink>

/** A line of an export. */
export const ExportLine = z.discriminatedUnion('kind', [ExportHeader, ExportedEntry, ExportedLink])
export type ExportLine = z.infer<typeof ExportLine>

/** Lines to import, in the order of the export, in as many requests as they need. */
export const ImportLines = z.object({
  lines: z.array(ExportLine).min(1).max(engineLimits.bulk),
  replace: z.boolean().default(false).meta({ description: 'Delete all memories with coordinates first. For the first lines only.' }),
})
export type ImportLines = z.infer<typeof ImportLines>

/** How many memories and links were imported. */
export const ImportedCount = z.object({ memories: z.int(), links: z.int() })
export type ImportedCount = z.infer<typeof ImportedCount>
