/** `/v1/budgets`: daily budgets of a tenant, its personas and its users, today's usage, and that of the last 30 days. */
import { OpenAPIHono } from '@hono/zod-openapi'
import { BudgetReport } from '../../../shared/api/budgets.ts'
import {
  type Amount,
  accountsFor,
  budgetName,
  dayEnd,
  dayOf,
  personaAccount,
  tenantAccount,
  unpricedAccount,
  userAccount,
  userAccounts,
  zeroAmount,
} from '../../../shared/limits/budget.ts'
import { unlessOlder } from '../../../shared/older-release.ts'
import type { Gateway } from '../http/context.ts'
import { json, onInvalid, problems } from '../http/openapi.ts'
import { createRoute } from '../http/route.ts'
import { readSettings } from '../settings/routes.ts'

const get = createRoute({
  method: 'get',
  path: '/v1/budgets',
  tags: ['Settings'],
  summary: 'Show budgets and their usage',
  responses: { 200: json(BudgetReport), ...problems(401, 403) },
})

export const budgetRoutes = new OpenAPIHono<Gateway>({ defaultHook: onInvalid }).openapi(get, async (c) => {
  const now = Date.now()
  const { tenant } = c.var.principal
  const limiter = c.env.LIMITER.getByName(budgetName(tenant))
  // An object of an older release has no history.
  const history = limiter.history(tenantAccount).catch(() => [])
  const entries = unlessOlder(() => c.env.TENANT.getByName(tenant).personas())
  const [{ settings }, days, stored] = await Promise.all([readSettings(c), history, entries])
  const { user_budgets } = settings
  const usage = await limiter.use(Object.keys(user_budgets.users))
  const own = new Map(stored?.flatMap(({ id, persona }) => (persona.budget ? [[id, persona] as const] : [])))
  const { budgets, models } = settings
  const report = (name: string, persona?: string, user?: string) => {
    const accounts = [...accountsFor(budgets, persona, own.get(persona ?? '')?.budget), ...userAccounts(user_budgets, user)]
    const limit = accounts.find((account) => account.name === name)?.limit ?? budgets.each_persona
    const { used, reserved } = usage.find(({ account }) => account === name) ?? { used: zeroAmount, reserved: zeroAmount }
    const amount = (limit: number, pick: (amount: Amount) => number) => ({ limit, used: pick(used), reserved: pick(reserved) })
    return {
      tokens: amount(limit.tokens_per_day, ({ tokens }) => tokens),
      money: amount(limit.money_per_day, ({ micros }) => micros / 1e6),
    }
  }
  const unpriced = usage.find(({ account }) => account === unpricedAccount)?.used ?? zeroAmount
  const unpricedModels = Object.entries(models).filter(([, { price, provider }]) => !price && provider !== 'builtin')
  const accounts = usage.map(({ account }) => account).filter((account) => account.startsWith(personaAccount('')))
  const shared = [...own].flatMap(([id, { visibility }]) => (visibility === 'workspace' ? [id] : []))
  const used = accounts.map((account) => account.slice(personaAccount('').length))
  const personas = [...new Set([...Object.keys(budgets.personas), ...shared, ...used])].sort()
  const active = usage.flatMap(({ account }) => (account.startsWith(userAccount('')) ? [account.slice(userAccount('').length)] : []))
  const users = [...new Set([...Object.keys(user_budgets.users), ...active])].sort()
  return c.json(
    {
      day: dayOf(now),
      resets_at: dayEnd(now),
      currency: budgets.currency,
      tenant: report(tenantAccount),
      unpriced: { tokens: unpriced.tokens, money: unpriced.micros / 1e6, models: unpricedModels.map(([name]) => name).sort() },
      history: days.map(({ day, used }) => ({ day, tokens: used.tokens, money: used.micros / 1e6 })),
      personas: personas.map((persona) => ({ persona_id: persona, ...report(personaAccount(persona), persona) })),
      users: users.map((subject) => ({ subject, ...report(userAccount(subject), undefined, subject) })),
    },
    200,
  )
})
