/** The messages that quick actions stand for. Pure, and without a schema library, for browsers. */
import type { QuickAction } from './quick-action.ts'

/** The message of each quick action. */
export const quickActionText: Readonly<Record<QuickAction, string>> = {
  summarize: 'Summarize our conversation so far.',
  next_steps: 'What are the next steps?',
  status_report: 'Give me a short status report.',
  nudge: 'Please go on.',
  continue: 'Continue exactly where your last answer stopped. Do not repeat any of it.',
}
