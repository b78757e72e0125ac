/** Quick actions, and the messages that they send. Pure. */
import { z } from 'zod'

export const QuickAction = z.enum(['summarize', 'next_steps', 'status_report', 'nudge'])
export type QuickAction = z.infer<typeof QuickAction>

export const quickActionText: Readonly<Record<QuickAction, string>> = {
  summarize: 'Summarize our conversation so far.',
  next_steps: 'What are the next steps?',
  status_report: 'Give me a short status report.',
  nudge: 'Please go on.',
}
