/**
 * The policy, on every route. After authentication, and before whatever the route does: the row of `actions.ts` says what is asked,
 * the policy says whether. What it denies is refused with its reasons; what nobody may know to exist is not found.
 */

import { createMiddleware } from 'hono/factory'
import plan from '../../../policy/plan.json'
import { SessionId, type Subject, sessionObjectName } from '../../../shared/ids.ts'
import { BoundedMap } from '../../../shared/lib/bounded-map.ts'
import { type AccessRequest, policyInput } from '../../../shared/policy/access-request.ts'
import { Authorizer, builtInPolicy } from '../../../shared/policy/authorizer.ts'
import { opaServer } from '../../../shared/policy/opa.ts'
import type { PolicyDecision } from '../../../shared/policy/policy-decision.ts'
import { recordBatched, recordSync } from '../audit/record.ts'
import type { Gateway, GatewayContext } from '../http/context.ts'
import { problem } from '../http/problem.ts'
import { logger } from '../logger.ts'
import { memoryAttributes } from '../memory/attributes.ts'
import { type Action, actionOf, publicRoute } from './actions.ts'

/** One for the isolate: it keeps what it knows of each tenant's policy. */
export const authorizer = new Authorizer(() => builtInPolicy(plan))

const tenantOf = (c: GatewayContext) => c.env.TENANT.getByName(c.get('principal').tenant)

/** Asks the policy in force, and the constitution, for whoever makes the request. */
export function authorizeRequest(c: GatewayContext, request: AccessRequest): Promise<PolicyDecision> {
  return authorizer.authorize({
    input: policyInput(c.get('principal'), request),
    store: () => tenantOf(c),
    opa: opaServer(c.env),
    now: Date.now,
    ...(request.action === sending && { said: () => messageIn(c) }),
  })
}

const sending = 'conversation.send'

/** Decides each request, has the decision recorded, and lets it through or not. */
export const enforcePolicy = createMiddleware<Gateway>(async (c, next) => {
  const matched = actionOf(c.req.method, c.req.path)
  if (!matched) return problem(c, { kind: 'not_found' })
  const { entry, params } = matched
  const { subject } = c.get('principal')
  c.set('as', subject)
  if (entry === publicRoute) return next()
  const { session, owner } = await sessionAttributes(c, entry, params)
  const memory = entry.memory && (await memoryAttributes(c, entry.action))
  const resource = memory ? memory.resource : session === undefined ? {} : { kind: 'session', id: session, ...(owner ? { owner } : {}) }
  const shared = session !== undefined && owner !== null && owner !== subject
  // A tuple that is taken away counts from the next request on, so these are never kept.
  const contextNow = async () => (memory ? memory.context : shared ? { relations: await relationsTo(c, session, owner) } : {})
  const context = await contextNow()
  const ruling = await authorizeRequest(c, { action: entry.action, resource, context })
  const target = session === undefined ? '' : `session:${session}`
  if (ruling.allowed && entry.recorded === 'before') await recordSync(c, target, ruling)
  else if (!recordBatched(c, target, ruling)) return problem(c, { kind: 'unavailable', what: 'The audit trail' })
  if (!ruling.allowed) return (await isHidden(c, entry, { resource, context }, owner)) ? problem(c, { kind: 'not_found' }) : deny(c, ruling)
  if (owner) c.set('as', owner)
  c.set('askedAgain', async () => (await authorizeRequest(c, { action: entry.action, resource, context: await contextNow() })).allowed)
  return next()
})

export const deny = (c: GatewayContext, { input, reasons }: PolicyDecision) => problem(c, { kind: 'denied', action: input.action, reasons })

/** Whether the one who is denied may not even know that there is such a session. */
async function isHidden(
  c: GatewayContext,
  { session, action }: Action,
  about: Omit<AccessRequest, 'action'>,
  owner: Subject | null,
): Promise<boolean> {
  if (session === undefined) return false
  // Nobody's yet: who may not begin one is told so, and what is asked of none finds none.
  if (owner === null) return action !== sending
  return !(await authorizeRequest(c, { action: 'session.read', ...about })).allowed
}

/** As what a session of another's is shared with whoever asks. If that cannot be known, as nothing. */
export async function relationsTo(c: GatewayContext, session: string, owner: string): Promise<readonly string[]> {
  try {
    return await tenantOf(c).sharedAs(session, owner, c.get('principal').subject)
  } catch (error) {
    logger.write('relations.unreachable', { error, request: c.get('requestId') })
    return []
  }
}

/** The session that a request is about, and whose it is; null: nobody's yet. */
async function sessionAttributes(
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

/** What is said, for a constitution that must read it. An answer that is asked for anew says nothing. */
async function messageIn(c: GatewayContext): Promise<string> {
  const body: unknown = await c.req.json().catch(() => undefined)
  return typeof body === 'object' && body !== null && 'message' in body && typeof body.message === 'string' ? body.message : ''
}

/** Owners of sessions, the latest last. They never change, so each is asked for once. */
const owners = new BoundedMap<string, Subject>(10_000)

export async function ownerOf(c: GatewayContext, session: SessionId): Promise<Subject | null> {
  const name = sessionObjectName(c.get('principal').tenant, session)
  const known = owners.get(name)
  if (known !== undefined) return known
  const owner = await c.env.SESSION.getByName(name).owner()
  if (owner === null) return null
  owners.set(name, owner)
  return owner
}
