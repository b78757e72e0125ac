/**
 * Daily budgets of tenants, personas and users, in tokens and money. Pure. Whole numbers only. Money is in millionths of the tenant's currency.
 * That is also the cost of one token at a price per million.
 */
import { z } from 'zod'
import { Usage } from '../events/event.ts'

/** 0: no limit. */
export const Allowance = z.strictObject({
  tokens_per_day: z.int().min(0).max(1e12).default(0).meta({ description: 'The most tokens in a day (UTC). 0: no limit' }),
  money_per_day: z
    .number()
    .min(0)
    .max(1e6)
    .default(0)
    .meta({ description: "The most money in a day (UTC), in the tenant's currency. 0: no limit" }),
})
export type Allowance = z.infer<typeof Allowance>

/** The allowance of an account that only counts. */
export const noLimit: Allowance = { tokens_per_day: 0, money_per_day: 0 }

/** In the tenant's currency, per million tokens. */
export const Price = z.strictObject({
  input_per_million: z.number().min(0).max(1e6).default(0).meta({ description: 'The price of input' }),
  output_per_million: z.number().min(0).max(1e6).default(0).meta({ description: 'The price of output' }),
})
export type Price = z.infer<typeof Price>

/** Free. */
export const defaultPrice: Price = { input_per_million: 0, output_per_million: 0 }

/** Whole tokens, and whole millionths of the currency. */
export interface Amount {
  readonly tokens: number
  readonly micros: number
}

/** No tokens and no money. */
export const zeroAmount: Amount = { tokens: 0, micros: 0 }
/** The sum of two amounts. */
export const addAmounts = (a: Amount, b: Amount): Amount => ({ tokens: a.tokens + b.tokens, micros: a.micros + b.micros })
/** The difference of two amounts. */
export const subtractAmounts = (a: Amount, b: Amount): Amount => ({ tokens: a.tokens - b.tokens, micros: a.micros - b.micros })

/** The dearest known price among `profiles`, of input and of output; null: none is known. */
export function dearestPrice(profiles: Iterable<{ readonly price?: Price | undefined }>): Price | null {
  const prices = [...profiles].flatMap(({ price }) => price ?? [])
  if (prices.length === 0) return null
  return {
    input_per_million: Math.max(...prices.map((price) => price.input_per_million)),
    output_per_million: Math.max(...prices.map((price) => price.output_per_million)),
  }
}

/** The cost of `usage`, rounded up, so that spending never exceeds what was counted. */
export function costOf(usage: Pick<Usage, 'input_tokens' | 'output_tokens'>, price: Price): Amount {
  const micros = usage.input_tokens * price.input_per_million + usage.output_tokens * price.output_per_million
  return { tokens: usage.input_tokens + usage.output_tokens, micros: Math.max(0, Math.ceil(micros - 1e-6)) }
}

/** Money in millionths of its currency. */
export const toMicros = (money: number): number => Math.round(money * 1e6)

/** One budget: the tenant's, or one persona's. */
export interface Account {
  /** `tenant`, `persona:NAME` or `user:SUBJECT`. */
  readonly name: string
  readonly limit: Allowance
  /** Used and reserved today. */
  readonly usedAndReserved: Amount
}

/** Whether the allowance limits anything. */
export const isLimited = ({ tokens_per_day, money_per_day }: Allowance): boolean => tokens_per_day > 0 || money_per_day > 0

/** The rest of a budget; `Infinity` without a limit. */
export const remainingOf = ({ limit, usedAndReserved }: Account): Amount => ({
  tokens: limit.tokens_per_day > 0 ? limit.tokens_per_day - usedAndReserved.tokens : Number.POSITIVE_INFINITY,
  micros: limit.money_per_day > 0 ? toMicros(limit.money_per_day) - usedAndReserved.micros : Number.POSITIVE_INFINITY,
})

const lower = (a: number, b: number): number => (a > 0 && b > 0 ? Math.min(a, b) : Math.max(a, b))

/** The lower limit of two allowances, for tokens and for money. */
export const lowerAllowance = (a: Allowance, b: Allowance): Allowance => ({
  tokens_per_day: lower(a.tokens_per_day, b.tokens_per_day),
  money_per_day: lower(a.money_per_day, b.money_per_day),
})

/**
 * The budgets that a call of `persona` draws on: the tenant's, and the persona's if it has a name. `own`: the budget that the persona itself
 * states. It lowers that of the settings, because a user may write it. `above`: the personas whose turns called this one. They pay too.
 */
export function accountsFor(
  {
    tenant,
    each_persona,
    personas,
  }: { readonly tenant: Allowance; readonly each_persona: Allowance; readonly personas: Readonly<Record<string, Allowance>> },
  persona: string | undefined,
  own: Allowance | null = null,
  above: readonly PayingPersona[] = [],
): { readonly name: string; readonly limit: Allowance }[] {
  const paying = new Map([...above, ...(persona === undefined ? [] : [{ id: persona, own }])].map((payer) => [payer.id, payer]))
  const personaAccounts = [...paying.values()].map((payer) => {
    const budget = (Object.hasOwn(personas, payer.id) ? personas[payer.id] : undefined) ?? each_persona
    return { name: personaAccount(payer.id), limit: payer.own ? lowerAllowance(budget, payer.own) : budget }
  })
  return [{ name: tenantAccount, limit: tenant }, ...personaAccounts]
}

/** A persona that pays for a call. `own`: the budget that it states. */
export interface PayingPersona {
  readonly id: string
  readonly own: Allowance | null
}

/** The budget of a user. Undefined: no user pays. */
export function userAccounts(
  { each, users }: { readonly each: Allowance; readonly users: Readonly<Record<string, Allowance>> },
  subject: string | undefined,
): { readonly name: string; readonly limit: Allowance }[] {
  if (subject === undefined) return []
  const own = Object.hasOwn(users, subject) ? users[subject] : undefined
  return [{ name: userAccount(subject), limit: own ?? each }]
}

/** The name of the limiter object that stores a tenant's budgets. */
export const budgetName = (tenant: string): string => `${tenant}/budget`

/** The name of the tenant's own budget. */
export const tenantAccount = 'tenant'
/** The name of the account that counts the use of models without a price. It has no limit. */
export const unpricedAccount = 'unpriced'
/** The name of a persona's budget. */
export const personaAccount = (persona: string): string => `persona:${persona}`

/** The name of a user's budget. */
export const userAccount = (subject: string): string => `user:${subject}`

/** A planned model call: its largest input, and the output that it asks for. */
export interface BudgetPlan {
  readonly inputTokens: number
  readonly outputTokens: number
  readonly price: Price
}

/** The least output that is worth a call, in tokens. */
export const minOutputTokens = 64

/** The reserved amount and the output it allows, or the exhausted budget. */
export type Grant =
  | { readonly ok: true; readonly amount: Amount; readonly outputTokens: number }
  | { readonly ok: false; readonly account: string; readonly of: 'tokens' | 'money' }

/**
 * Reserves as much of `plan` as all budgets can pay. The last call of a day may get less output than it asks for. No grant exceeds the rest
 * of any budget, so the sum of grants never exceeds a limit.
 */
export function grant(accounts: readonly Account[], plan: BudgetPlan): Grant {
  let outputTokens = plan.outputTokens
  for (const account of accounts) {
    const remaining = remainingOf(account)
    const minimum = Math.min(minOutputTokens, plan.outputTokens)
    const byTokens = remaining.tokens - plan.inputTokens
    if (byTokens < minimum) return { ok: false, account: account.name, of: 'tokens' }
    const perOutput = plan.price.output_per_million
    const afterInput = remaining.micros - costOf({ input_tokens: plan.inputTokens, output_tokens: 0 }, plan.price).micros
    // One millionth stays unreserved, because costs are rounded up.
    const byMoney = perOutput > 0 ? Math.floor((afterInput - 1) / perOutput) : afterInput >= 0 ? Number.POSITIVE_INFINITY : -1
    if (byMoney < minimum) return { ok: false, account: account.name, of: 'money' }
    outputTokens = Math.min(outputTokens, byTokens, byMoney)
  }
  return { ok: true, outputTokens, amount: costOf({ input_tokens: plan.inputTokens, output_tokens: outputTokens }, plan.price) }
}

const encoder = new TextEncoder()

/** Upper bound for one message's cost without its text: its role and separators, in any known chat template. */
const messageOverhead = 16

/**
 * Upper bound for the tokens of `texts`. A token is at least one byte in every tokenizer with byte fallback. So a reservation by bytes is
 * always enough.
 */
export const upperBoundTokens = (texts: readonly string[]): number =>
  texts.reduce((sum, text) => sum + encoder.encode(text).length + messageOverhead, 0)

/** The provider's usage if it is plausible for this call; null otherwise, and the caller estimates. */
export function plausibleUsage(reported: unknown, max: { readonly inputTokens: number; readonly outputTokens: number }): Usage | null {
  const usage = Usage.safeParse(reported)
  if (!usage.success) return null
  return usage.data.input_tokens <= max.inputTokens && usage.data.output_tokens <= max.outputTokens ? usage.data : null
}

/** A report of less output than this share of our estimate is implausible. No tokenizer packs that much text into a token. */
const minShare = 1 / 4

/** What a call is charged: the report where it can be true, else our estimate. No input, or far too little output, cannot be true. */
export function countedUsage(reported: Usage | null, estimate: Usage): Usage {
  if (!reported) return { ...estimate, estimated: true }
  const isInputPlausible = reported.input_tokens > 0
  const isOutputPlausible = reported.output_tokens >= estimate.output_tokens * minShare
  if (isInputPlausible && isOutputPlausible) return reported
  const { input_tokens, cached_tokens } = isInputPlausible ? reported : estimate
  const { output_tokens, reasoning_tokens } = isOutputPlausible ? reported : estimate
  return {
    input_tokens,
    output_tokens,
    ...(cached_tokens !== undefined && { cached_tokens }),
    ...(reasoning_tokens !== undefined && { reasoning_tokens }),
    estimated: true,
  }
}

/** The UTC day of `now`, as `YYYY-MM-DD`. */
export const dayOf = (now: number): string => new Date(now).toISOString().slice(0, 10)

/** The end of the UTC day of `now`. Both are Unix ms. */
export const dayEnd = (now: number): number => (Math.floor(now / 86_400_000) + 1) * 86_400_000
