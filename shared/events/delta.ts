/** Frames that no log records: the text of an answer as it grows, and notices. Portable. */
import { z } from 'zod'
import { ItemId, TurnId } from './event.ts'

/** A frame while an item is open. Never recorded: `item.closed` holds the whole text. */
export const Delta = z
  .object({
    type: z.literal('item.delta'),
    turn_id: TurnId,
    item_id: ItemId,
    offset: z.int().min(0).meta({ description: 'UTF-16 units of this item before `text`.' }),
    text: z.string(),
    after: z.int().meta({ description: 'The last recorded event before this frame.' }),
  })
  .meta({ id: 'item.delta', description: 'The next text of the open item.' })
export type Delta = z.infer<typeof Delta>

/** A frame while an item of the kind `reasoning` is open. Never recorded: `item.closed` holds the whole reasoning. */
export const ReasoningDelta = z
  .object({
    type: z.literal('reasoning.delta'),
    turn_id: TurnId,
    item_id: ItemId,
    offset: z.int().min(0).meta({ description: 'UTF-16 units of this reasoning before `text`.' }),
    text: z.string(),
    after: z.int().meta({ description: 'The last recorded event before this frame.' }),
  })
  .meta({ id: 'reasoning.delta', description: 'The next text of the open reasoning. It is no part of the answer.' })
export type ReasoningDelta = z.infer<typeof ReasoningDelta>

/** A frame while a model call waits for its next attempt. Never recorded, and sent only to readers that are connected. */
export const Retrying = z
  .object({
    type: z.literal('turn.retrying'),
    turn_id: TurnId,
    cause: z.enum(['busy', 'unavailable']).meta({ description: '`busy`: the provider or the profile limits the rate.' }),
    reason: z.string().meta({ description: 'Why the last attempt failed, in words.' }),
    attempt: z.int().min(2).meta({ description: 'The number of the next attempt.' }),
    attempts: z.int().min(2).meta({ description: 'The most attempts that are made.' }),
    after_ms: z.int().min(0).meta({ description: 'Milliseconds until the next attempt begins.' }),
    after: z.int().meta({ description: 'The last recorded event before this frame.' }),
  })
  .meta({ id: 'turn.retrying', description: 'The model call failed for now and will be tried again.' })
export type Retrying = z.infer<typeof Retrying>
