/** Branches of a session: regenerating, switching, forking. */
import { z } from 'zod'
import { Outcome } from '../events/event.ts'
import { SendMessage } from './messages.ts'
import { NextBefore } from './turns.ts'

/** Turns with their parents, in the order of acceptance: a tree with one active path. */
export const Branches = z.object({
  session_id: z.string(),
  active_turn_id: z.string().nullable().meta({ description: 'The last turn of the active branch' }),
  turns: z.array(z.object({ turn_id: z.string(), parent_turn_id: z.string().nullable(), outcome: Outcome.nullable() })),
  next_before: NextBefore,
})
export type Branches = z.infer<typeof Branches>

/** A second answer to a message, on a new branch. */
export const Regenerate = SendMessage.pick({ metadata: true, event_id: true, on_conflict: true, expected_seq: true })
export type Regenerate = z.infer<typeof Regenerate>

/** The turn that a fork ends with. */
export const ForkSession = z.object({ turn_id: z.string().min(1).max(64) })
export type ForkSession = z.infer<typeof ForkSession>

/** The turn that the active branch shall end with. */
export const SwitchBranch = ForkSession.extend({ expected_seq: z.int().min(0).optional() })
export type SwitchBranch = z.infer<typeof SwitchBranch>
