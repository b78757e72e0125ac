/** `/v1/memory/prune`: fields and memories that leave by age and by number. */
import { z } from 'zod'
import { engineLimits } from './memory-engine.ts'

const Key = z.string().min(1).max(200)

/** Fields that leave a payload at an age. */
export const DecayLevel = z.object({
  after_seconds: z.int().min(0).meta({ description: 'The age after which the fields leave' }),
  keys: z.array(Key).min(1).max(32).meta({ description: 'Fields of the payload' }),
})

/** Rules of one run. */
export const PruneEntries = z
  .object({
    levels: z.array(DecayLevel).max(8).default([]),
    max_memories: z
      .int()
      .min(0)
      .max(engineLimits.memories)
      .optional()
      .meta({ description: 'Of more memories, the least important are deleted, and of equal importance the oldest.' }),
    dry_run: z.boolean().default(true).meta({ description: 'Only tell what would change' }),
  })
  .refine(({ levels, max_memories }) => levels.length > 0 || max_memories !== undefined, 'needs levels or max_memories')
export type PruneEntries = z.infer<typeof PruneEntries>

/** A change and its reason. */
export const PruneStep = z
  .object({
    coord: z.string(),
    action: z.enum(['delete', 'strip']),
    keys: z.array(z.string()).optional().meta({ description: 'The fields that leave. Only with `strip`.' }),
    reason: z.string(),
  })
  .meta({ id: 'PruneStep' })

/** The changes of one run. `remaining`: how many more the rules ask for. Repeat the request for them. */
export const Pruned = z.object({ dry_run: z.boolean(), steps: z.array(PruneStep), remaining: z.int() })
export type Pruned = z.infer<typeof Pruned>
