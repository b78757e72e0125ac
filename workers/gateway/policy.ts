/**
 * The policy, on every route. After authentication, and before whatever the route does: the row of `actions.ts` says what is asked,
 * the policy says whether. What it denies is refused with its reasons; what nobody may know to exist is not found.
 */
import { createMiddleware } from 'hono/factory'
import plan from '../../policy/plan.json'
import { coordinate, SessionId, type Subject } from '../../shared/ids.ts'
import { logFault } from '../../shared/log.ts'
import { policyInput, type Request, type Ruling, rule } from '../../shared/policy/guard.ts'
import { loadPlan, type Plan } from '../../shared/policy/plan.ts'
import { type Action, actionOf, open } from './actions.ts'
import { recordFirst, recordSoon } from './audit.ts'
import type { Gateway, GatewayContext } from './context.ts'
import { refuse } from './refuse.ts'

/** Asks the policy in force. */
export async function ask(c: GatewayContext, request: Request): Promise<Ruling> {
  return rule(builtIn(), { revision: 0, hash: '' }, policyInput(c.var.principal, request), { at: Date.now() })
}

let loaded: Plan | undefined

function builtIn(): Plan {
  if (loaded) return loaded
  const made = loadPlan(plan)
  if (!made.ok) throw new Error('the policy that is built in cannot be loaded')
  loaded = made.value
  return loaded
}

/** Decides each request, has the decision recorded, and lets it through or not. */
export const guard = createMiddleware<Gateway>(async (c, next) => {
  const matched = actionOf(c.req.method, c.req.path)
  if (!matched) return refuse(c, { kind: 'not_found' })
  const { entry, params } = matched
  c.set('as', c.var.principal.subject)
  if (entry === open) return next()
  const { session, owner } = await aboutSession(c, entry, params)
  const resource = session === undefined ? {} : { kind: 'session', id: session, ...(owner ? { owner } : {}) }
  const ruling = await ask(c, { action: entry.action, resource })
  const target = session === undefined ? '' : `session:${session}`
  if (entry.recorded === 'behind' || !ruling.allowed) {
    if (!recordSoon(c, target, ruling)) return refuse(c, { kind: 'unavailable', what: 'The audit trail' })
  } else {
    try {
      await recordFirst(c, target, ruling)
    } catch (error) {
      logFault('audit.unreachable', error, { request: c.var.requestId })
      return refuse(c, { kind: 'unavailable', what: 'The audit trail' })
    }
  }
  if (!ruling.allowed) return (await isHidden(c, entry, resource, owner)) ? refuse(c, { kind: 'not_found' }) : deny(c, ruling)
  if (owner) c.set('as', owner)
  return next()
})

export const deny = (c: GatewayContext, { input, reasons }: Ruling) => refuse(c, { kind: 'denied', action: input.action, reasons })

/** Whether the one who is denied may not even know that there is such a session. */
async function isHidden(
  c: GatewayContext,
  { session, action }: Action,
  resource: Request['resource'],
  owner: Subject | null,
): Promise<boolean> {
  if (session === undefined) return false
  // Nobody's yet: who may not begin one is told so, and what is asked of none finds none.
  if (owner === null) return action !== 'conversation.send'
  return !(await ask(c, { action: 'session.read', resource: { ...resource } })).allowed
}

/** The session that a request is about, and whose it is; null: nobody's yet. */
async function aboutSession(
  c: GatewayContext,
  { session: where }: Action,
  params: Readonly<Record<string, string>>,
): Promise<{ session?: string; owner: Subject | null }> {
  if (where === undefined) return { owner: null }
  const id = where === 'path' ? params.session : await sessionInBody(c)
  const session = SessionId.safeParse(id)
  return session.success ? { session: session.data, owner: await ownerOf(c, session.data) } : { owner: null }
}

/** A body that is none is for the route to refuse. */
async function sessionInBody(c: GatewayContext): Promise<unknown> {
  const body: unknown = await c.req.json().catch(() => undefined)
  return typeof body === 'object' && body !== null && 'session_id' in body ? body.session_id : undefined
}

/** Owners of sessions, the latest last. They never change, so each is asked for once. */
const owners = new Map<string, Subject>()
const maxOwners = 10_000

async function ownerOf(c: GatewayContext, session: SessionId): Promise<Subject | null> {
  const name = coordinate(c.var.principal.tenant, session)
  const known = owners.get(name)
  if (known !== undefined) return known
  const owner = await c.env.SESSION.getByName(name).owner()
  if (owner === null) return null
  if (owners.size >= maxOwners) owners.delete(owners.keys().next().value ?? name)
  owners.set(name, owner)
  return owner
}
