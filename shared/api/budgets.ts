/** Daily budgets of a tenant, its personas and its users, and their use today. */
import { z } from 'zod'
import { UnixMs } from './unix-ms.ts'

/** The limit and the use of one budget, in tokens or in money. */
export const BudgetLine = z.object({
  limit: z.number().meta({ description: '0: no limit' }),
  used: z.number().meta({
    description:
      "Every call of a model, also failed attempts. Without the provider's count it is an estimate. It includes tool descriptions, so it may exceed the usage of the turns",
  }),
  reserved: z.number().meta({ description: 'Reserved by answers in progress' }),
})
export type BudgetLine = z.infer<typeof BudgetLine>

/** A budget of tokens and of money. */
export const Budget = z.object({ tokens: BudgetLine, money: BudgetLine })
export type Budget = z.infer<typeof Budget>

/** The use of a tenant on one day. */
export const DayUse = z.object({
  day: z.string().meta({ description: 'The day in UTC, `YYYY-MM-DD`' }),
  tokens: z.number(),
  money: z.number(),
})
export type DayUse = z.infer<typeof DayUse>

/** Today's budgets of the tenant, its personas and its users. */
export const BudgetReport = z.object({
  day: z.string().meta({ description: 'The day in UTC, `YYYY-MM-DD`' }),
  resets_at: UnixMs,
  currency: z.string(),
  tenant: Budget,
  personas: z.array(Budget.extend({ persona_id: z.string() })),
  users: z
    .array(Budget.extend({ subject: z.string() }))
    .optional()
    .meta({ description: 'The users with a budget of their own, and the 200 with the most tokens today' }),
  unpriced: z
    .object({
      tokens: z.number().meta({ description: 'Tokens of today that models without a price used' }),
      money: z
        .number()
        .meta({ description: 'What they count in the budgets: the dearest known price of the workspace. 0: no price is known' }),
      models: z.array(z.string()).meta({ description: 'The model profiles without a price' }),
    })
    .optional()
    .meta({ description: 'Use of models whose price is unknown. It is part of the amounts above' }),
  history: z.array(DayUse).optional().meta({
    description: 'Usage of the tenant by day, oldest first. It covers the last 30 days, including today, and leaves out days without usage',
  }),
})
export type BudgetReport = z.infer<typeof BudgetReport>
