/** The names of quick actions. `quick-action-text.ts` has the messages that they send. Pure. */
import { z } from 'zod'

/** The name of a quick action. */
export const QuickAction = z.enum(['summarize', 'next_steps', 'status_report', 'nudge', 'continue'])
export type QuickAction = z.infer<typeof QuickAction>
