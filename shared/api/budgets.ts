/** Daily budgets of a tenant and its personas, and their use today. */
import { z } from 'zod'
import { UnixMs } from './unix-ms.ts'

export const BudgetLine = z.object({
  limit: z.number().meta({ description: '0: none' }),
  used: z.number(),
  reserved: z.number().meta({ description: 'Set aside for answers that are being made' }),
})
export type BudgetLine = z.infer<typeof BudgetLine>

export const Budget = z.object({ tokens: BudgetLine, money: BudgetLine })
export type Budget = z.infer<typeof Budget>

export const BudgetReport = z.object({
  day: z.string().meta({ description: 'UTC' }),
  resets_at: UnixMs,
  currency: z.string(),
  tenant: Budget,
  personas: z.array(Budget.extend({ persona_id: z.string() })),
})
export type BudgetReport = z.infer<typeof BudgetReport>
