/**
 * What a tenant or a persona may use in a day, in tokens and money. Pure arithmetic in whole numbers: money is in millionths of the
 * tenant's currency, which is also what one token costs at a price per million.
 */
import { z } from 'zod'
import { Usage } from '../events/event.ts'

/** 0 is no limit, as in the originals. */
export const Allowance = z.strictObject({
  tokens_per_day: z.int().min(0).max(1e12).default(0).meta({ description: '0: no limit' }),
  money_per_day: z.number().min(0).max(1e6).default(0).meta({ description: "In the tenant's currency; 0: no limit" }),
})
export type Allowance = z.infer<typeof Allowance>

/** In the tenant's currency, per million tokens. */
export const Price = z.strictObject({
  input_per_million: z.number().min(0).max(1e6).default(0),
  output_per_million: z.number().min(0).max(1e6).default(0),
})
export type Price = z.infer<typeof Price>

/** Free, or of a price that nobody has told. */
export const defaultPrice: Price = { input_per_million: 0, output_per_million: 0 }

/** An amount: whole tokens, and whole millionths of the currency. */
export interface Amount {
  readonly tokens: number
  readonly micros: number
}

export const nothing: Amount = { tokens: 0, micros: 0 }
export const plus = (one: Amount, other: Amount): Amount => ({ tokens: one.tokens + other.tokens, micros: one.micros + other.micros })
export const minus = (one: Amount, other: Amount): Amount => ({ tokens: one.tokens - other.tokens, micros: one.micros - other.micros })

/** What `usage` costs. Rounded up: what is spent is never more than what was counted. */
export function costOf(usage: Pick<Usage, 'input_tokens' | 'output_tokens'>, price: Price): Amount {
  const micros = usage.input_tokens * price.input_per_million + usage.output_tokens * price.output_per_million
  return { tokens: usage.input_tokens + usage.output_tokens, micros: Math.max(0, Math.ceil(micros - 1e-6)) }
}

export const microsOf = (money: number): number => Math.round(money * 1e6)

/** One thing that is limited: the tenant as a whole, or one persona. */
export interface Account {
  /** `tenant`, or `persona:NAME`. */
  readonly name: string
  readonly limit: Allowance
  /** Used and reserved today. */
  readonly taken: Amount
}

export const isLimited = ({ tokens_per_day, money_per_day }: Allowance): boolean => tokens_per_day > 0 || money_per_day > 0

/** What is left of an account; `Infinity` where there is no limit. */
export const leftOf = ({ limit, taken }: Account): Amount => ({
  tokens: limit.tokens_per_day > 0 ? limit.tokens_per_day - taken.tokens : Number.POSITIVE_INFINITY,
  micros: limit.money_per_day > 0 ? microsOf(limit.money_per_day) - taken.micros : Number.POSITIVE_INFINITY,
})

/** The accounts that a call of `persona` is paid from: the tenant's, and the persona's own where it has a name. */
export function accountsFor(
  {
    tenant,
    each_persona,
    personas,
  }: { readonly tenant: Allowance; readonly each_persona: Allowance; readonly personas: Readonly<Record<string, Allowance>> },
  persona: string | undefined,
): { readonly name: string; readonly limit: Allowance }[] {
  const own = persona !== undefined && Object.hasOwn(personas, persona) ? personas[persona] : undefined
  const ofPersona = persona === undefined ? [] : [{ name: personaAccount(persona), limit: own ?? each_persona }]
  return [{ name: tenantAccount, limit: tenant }, ...ofPersona]
}

/** The name of the limiter object that keeps a tenant's budgets. */
export const budgetName = (tenant: string): string => `${tenant}/budget`

export const tenantAccount = 'tenant'
export const personaAccount = (persona: string): string => `persona:${persona}`

/** A call of a model that is about to be made: never more input than `inputTokens`, and output as far as it is allowed. */
export interface BudgetPlan {
  readonly inputTokens: number
  readonly outputTokens: number
  readonly price: Price
}

/** The least output that is worth a call. */
export const leastOutputTokens = 64

/** What is set aside for a call, and how many tokens of output that allows; or which account is used up. */
export type Grant =
  | { readonly ok: true; readonly amount: Amount; readonly outputTokens: number }
  | { readonly ok: false; readonly account: string; readonly of: 'tokens' | 'money' }

/**
 * What the accounts can still pay of `plan`. The last call of a day may get less output than it wanted, rather than none. No grant
 * ever exceeds what is left of any account, so sums of grants never exceed a limit.
 */
export function grant(accounts: readonly Account[], plan: BudgetPlan): Grant {
  let outputTokens = plan.outputTokens
  for (const account of accounts) {
    const left = leftOf(account)
    const wanted = Math.min(leastOutputTokens, plan.outputTokens)
    const byTokens = left.tokens - plan.inputTokens
    if (byTokens < wanted) return { ok: false, account: account.name, of: 'tokens' }
    const perOutput = plan.price.output_per_million
    const afterInput = left.micros - costOf({ input_tokens: plan.inputTokens, output_tokens: 0 }, plan.price).micros
    // One millionth stays back: costs are rounded up.
    const byMoney = perOutput > 0 ? Math.floor((afterInput - 1) / perOutput) : afterInput >= 0 ? Number.POSITIVE_INFINITY : -1
    if (byMoney < wanted) return { ok: false, account: account.name, of: 'money' }
    outputTokens = Math.min(outputTokens, byTokens, byMoney)
  }
  return { ok: true, outputTokens, amount: costOf({ input_tokens: plan.inputTokens, output_tokens: outputTokens }, plan.price) }
}

const encoder = new TextEncoder()

/** What one message costs besides its text, at most: its role and the marks around it, in any chat template we know of. */
const messageOverhead = 16

/**
 * The most tokens that `texts` can be. A token stands for a byte or more in every tokenizer that falls back to bytes, so bytes are a
 * bound, and not an estimate: what is set aside by it is enough.
 */
export const upperBoundTokens = (texts: readonly string[]): number =>
  texts.reduce((sum, text) => sum + encoder.encode(text).length + messageOverhead, 0)

/** What a provider says it used, believed only within what the call can have used; else our own estimate. */
export function plausibleUsage(reported: unknown, most: { readonly inputTokens: number; readonly outputTokens: number }): Usage | null {
  const usage = Usage.safeParse(reported)
  if (!usage.success) return null
  return usage.data.input_tokens <= most.inputTokens && usage.data.output_tokens <= most.outputTokens ? usage.data : null
}

/** The day that `now` belongs to, UTC, and when it ends. */
export const dayOf = (now: number): string => new Date(now).toISOString().slice(0, 10)
export const dayEnds = (now: number): number => (Math.floor(now / 86_400_000) + 1) * 86_400_000
