/**
 * Enforces the policy on every route, after authentication. `actions.ts` names the action; the policy allows or denies it.
 * A denied request gets 403 with its reasons. It gets 404 if the caller may not know that the session exists.
 */

import { createMiddleware } from 'hono/factory'
import plan from '../../../policy/plan.json'
import { SessionId, type Subject, sessionObjectName } from '../../../shared/ids.ts'
import { BoundedMap } from '../../../shared/lib/bounded-map.ts'
import { type AccessRequest, policyInput } from '../../../shared/policy/access-request.ts'
import { builtInPolicy, DecisionPoint } from '../../../shared/policy/decision-point.ts'
import type { PolicyDecision } from '../../../shared/policy/decision-result.ts'
import { opaServer } from '../../../shared/policy/opa.ts'
import type { Failure } from '../../../shared/problem.ts'
import { namedTurn, sessionNamed } from '../../../shared/session/response-id.ts'
import { recordBatched, recordSync } from '../audit/record.ts'
import { readJson } from '../http/body.ts'
import type { Gateway, GatewayContext } from '../http/context.ts'
import { problem } from '../http/problem.ts'
import { countMissing, missingRefusal } from '../limits/missing-session-limit.ts'
import { logger } from '../logger.ts'
import { memoryAttributes } from '../memory/attributes.ts'
import { type Action, actionOf, publicRoute } from './actions.ts'

/** The isolate's decision point, with its cache of tenants' policies. */
export const decisionPoint = new DecisionPoint(() => builtInPolicy(plan))

const tenantOf = (c: GatewayContext) => c.env.TENANT.getByName(c.get('principal').tenant)

/** Authorizes `request` for the caller: by the active policy and constitution. */
export function authorizeRequest(c: GatewayContext, request: AccessRequest): Promise<PolicyDecision> {
  return decisionPoint.authorize({
    input: policyInput(c.get('principal'), request),
    store: () => tenantOf(c),
    opa: opaServer(c.env),
    now: Date.now,
    ...(request.action === sendAction && { messageText: () => messageIn(c) }),
  })
}

const sendAction = 'conversation.send'

/** Authorizes each request, audits the decision, and answers a denied request with 403. */
export const enforcePolicy = createMiddleware<Gateway>(async (c, next) => {
  const matched = actionOf(c.req.method, c.req.path)
  if (!matched) return problem(c, { kind: 'not_found' })
  const { entry, params } = matched
  const { subject } = c.get('principal')
  c.set('sessionOwner', subject)
  if (entry === publicRoute) return next()
  const attributes = await sessionAttributes(c, entry, params)
  if ('refused' in attributes) return problem(c, attributes.refused)
  const { session, owner } = attributes
  const memory = entry.memory && (await memoryAttributes(c, entry.action))
  if (memory && 'refused' in memory) return problem(c, memory.refused)
  const resource = memory ? memory.resource : session === undefined ? {} : { kind: 'session', id: session, ...(owner ? { owner } : {}) }
  // Never cached: a deleted tuple applies from the next request on.
  const currentContext = async () =>
    memory ? memory.context : session === undefined || owner === subject ? {} : foreignContext(c, entry, session, owner)
  const context = await currentContext()
  const request = { resource, context }
  const policyDecision = await authorizeRequest(c, { action: entry.action, ...request })
  const createsSession = owner === null && entry.action === sendAction
  // A path with an id that cannot name a session is a missing session, too.
  const isUnnamed = session === undefined && entry.session === 'path'
  const isOwn = !isUnnamed && (session === undefined || owner === subject || createsSession)
  const isHidden = !isOwn && !(await authorizeRequest(c, { action: 'session.read', ...request })).allowed
  // A response shows parts of the session, such as its title. A caller who may not read it gets the response for a missing session.
  const isBlocked = policyDecision.allowed && isHidden && owner !== null && !entry.showsNothing
  const decision = isBlocked ? { ...policyDecision, allowed: false, reasons: ['not_readable'] } : policyDecision
  const target = session === undefined ? '' : `session:${session}`
  if (decision.allowed && entry.audit === 'sync') await recordSync(c, target, decision)
  else if (!recordBatched(c, target, decision)) return problem(c, { kind: 'unavailable', what: 'The audit trail' })
  if (!decision.allowed) {
    if (memory) c.executionCtx.waitUntil(memory.giveBack())
    if (isUndecided(c, decision.reasons)) return deny(c, decision)
    const isMissing = session !== undefined && owner === null && !createsSession
    if (session !== undefined && (isHidden || owner === null)) countMissing(c)
    return isHidden || isMissing ? problem(c, { kind: 'not_found' }) : deny(c, decision)
  }
  if (owner) c.set('sessionOwner', owner)
  c.set('reauthorize', async () => (await authorizeRequest(c, { action: entry.action, resource, context: await currentContext() })).allowed)
  await next()
  if (session === undefined || owner !== null) return
  if (c.res.status >= 400) countMissing(c)
  // The caller has created the session.
  else if (createsSession) owners.set(sessionObjectName(c.get('principal').tenant, session), subject)
  return
})

/** Authorizes the caller to read the conversation in `session`, which may be new. For responses that contain more than what the caller sent. */
export async function authorizeReading(c: GatewayContext, session: SessionId): Promise<PolicyDecision> {
  const owner = c.get('sessionOwner')
  const context = owner === c.get('principal').subject ? {} : { relations: await relationsTo(c, session, owner) }
  return authorizeRequest(c, { action: 'conversation.read', resource: { kind: 'session', id: session, owner }, context })
}

/** The 403 response for a denied decision; 503 if an OPA server decides and did not. */
export const deny = (c: GatewayContext, decision: PolicyDecision) => problem(c, denial(c, decision))

/** The refusal of a denied decision. */
export const denial = (c: GatewayContext, { input, reasons }: PolicyDecision): Failure =>
  isUndecided(c, reasons) ? { kind: 'unavailable', what: 'The policy server (OPA)' } : { kind: 'denied', action: input.action, reasons }

/** Whether nothing is allowed because the OPA server that decides is unavailable or unusable. */
const isUndecided = (c: GatewayContext, reasons: readonly string[]): boolean => opaServer(c.env) !== null && reasons.includes('fault')

/**
 * The caller's relations to a session of another user. For a missing session the same check runs, so that the response time
 * does not reveal whether a session exists. A message may create its session, so it does not wait.
 */
async function foreignContext(c: GatewayContext, { action }: Action, session: string, owner: Subject | null) {
  if (owner !== null) return { relations: await relationsTo(c, session, owner) }
  if (action !== sendAction) await relationsTo(c, session, noOwner)
  return {}
}

/** The owner of a session that does not exist. */
const noOwner = '-'

/** The caller's relations to another user's session. None while the tenant object is unavailable. */
export async function relationsTo(c: GatewayContext, session: string, owner: string): Promise<readonly string[]> {
  try {
    return await tenantOf(c).sharedAs(session, owner, c.get('principal').subject)
  } catch (error) {
    logger.write('relations.unreachable', { error, request: c.get('requestId') })
    return []
  }
}

/** The request's session and its owner; null: the session does not exist. `refused`: the caller may not ask for it now. */
async function sessionAttributes(
  c: GatewayContext,
  { session: source, sessionField }: Action,
  params: Readonly<Record<string, string>>,
): Promise<{ session?: SessionId; owner: Subject | null } | { refused: Failure }> {
  if (source === undefined) return { owner: null }
  const id =
    source === 'body' ? await sessionInBody(c, sessionField) : source === 'query' ? c.req.query('session_id') : sessionInPath(params)
  const session = SessionId.safeParse(id)
  if (!session.success) return { owner: null }
  const refused = lookupRefusal(c, session.data)
  return refused ? { refused } : { session: session.data, owner: await ownerOf(c, session.data) }
}

/** The session id in the path, or that of a response. */
const sessionInPath = ({ session, response }: Readonly<Record<string, string>>) => session ?? namedTurn(response)?.session

/** The session id in the body. The route refuses an invalid body. */
async function sessionInBody(c: GatewayContext, field: string | undefined): Promise<unknown> {
  const body = await readJson(c).catch(() => undefined)
  if (typeof body !== 'object' || body === null) return undefined
  return field === undefined ? sessionNamed(body) : (body as Fields)[field]
}

/** The message text, for a constitution that checks it. Empty for a regenerated answer. */
async function messageIn(c: GatewayContext): Promise<string> {
  const body = await readJson(c).catch(() => undefined)
  if (typeof body !== 'object' || body === null) return ''
  return ['message', ...conversationFields].flatMap((field) => (field in body ? textsIn(field, (body as Fields)[field]) : [])).join('\n')
}

type Fields = Readonly<Record<string, unknown>>

/** The fields of a call or of a face that hold a conversation. */
const conversationFields = ['instructions', 'system', 'messages', 'input'] as const
/** Those with a list of messages. The others hold one text, in parts or whole. */
const messageLists: ReadonlySet<string> = new Set(['messages', 'input'])
/** The fields of a message that hold its texts. */
const textFields = ['content', 'parts', 'text', 'output', 'arguments', 'input', 'function', 'tool_calls'] as const

/** The texts of a conversation. The parts of one content are one text, so no text is hidden by a cut. The route refuses an invalid body. */
function textsIn(field: string, value: unknown): string[] {
  if (!Array.isArray(value) || !messageLists.has(field)) return [messageTexts(value).join('')]
  return value.map((message) => messageTexts(message).join(''))
}

function messageTexts(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  if (Array.isArray(value)) return value.flatMap(messageTexts)
  if (typeof value !== 'object' || value === null) return []
  return textFields.flatMap((field) => messageTexts((value as Fields)[field]))
}

/** Owners by session. An owner never changes, so entries do not expire. */
const owners = new BoundedMap<string, Subject>(10_000)

/** Whether the caller is known to own the session. */
const isKnownOwner = (c: GatewayContext, session: SessionId): boolean =>
  owners.get(sessionObjectName(c.get('principal').tenant, session)) === c.get('principal').subject

/** The refusal of a caller with too many requests for missing sessions; null: the request may continue. A known owner is never refused. */
export const lookupRefusal = (c: GatewayContext, session: SessionId): Failure | null =>
  isKnownOwner(c, session) ? null : missingRefusal(c)

/**
 * The owner of a session; null: the session does not exist. Check `lookupRefusal` first. The cache serves the owner alone. Another user's
 * request for a cached session would be faster than one for a missing session.
 */
export async function ownerOf(c: GatewayContext, session: SessionId): Promise<Subject | null> {
  if (isKnownOwner(c, session)) return c.get('principal').subject
  const name = sessionObjectName(c.get('principal').tenant, session)
  const owner = await c.env.SESSION.getByName(name).owner()
  if (owner === c.get('principal').subject) owners.set(name, owner)
  return owner
}
