/** `/v1/policy`, `/v1/data`: which policy is in force, hand in another, ask it, and understand it. */
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi'
import { KeySet } from '../../shared/identity/verify.ts'
import { admit, type LoadedPolicy, maxPolicyUnits, trialFuel } from '../../shared/policy/bundle.ts'
import { allowPoint } from '../../shared/policy/decide.ts'
import { evaluate } from '../../shared/policy/evaluate.ts'
import { type Explainer, loadExplainer } from '../../shared/policy/explain.ts'
import { policyInput, reasonsPoint, rule } from '../../shared/policy/guard.ts'
import { decideRemotely } from '../../shared/policy/opa.ts'
import { loadPlan } from '../../shared/policy/plan.ts'
import { toJson } from '../../shared/policy/value.ts'
import { recordAudit } from './audit.ts'
import type { Gateway, GatewayContext } from './context.ts'
import { json, onInvalid, problems } from './openapi.ts'
import { arbiter } from './policy.ts'
import { refuse } from './refuse.ts'
import { Candidate, WhatIfAnswer, whatIfPages } from './what-if.ts'

const tags = ['Policy']
const Input = z
  .unknown()
  .meta({ description: 'What the policy is asked: principal, action, resource and context; see `policy/policy.rego`' })

const Policy = z.object({
  source: z.enum(['built_in', 'tenant', 'remote']),
  revision: z.int(),
  hash: z.string(),
  entry_points: z.array(z.string()),
  at: z.int().nullable(),
  subject: z.string().nullable().meta({ description: 'Who handed it in' }),
  takes: z.boolean().meta({ description: 'Whether there are keys that may sign another' }),
})

const get = createRoute({
  method: 'get',
  path: '/v1/policy',
  tags,
  summary: 'The policy in force',
  responses: { 200: json(Policy), ...problems(401, 403, 503) },
})
const put = createRoute({
  method: 'put',
  path: '/v1/policy',
  tags,
  summary: 'Hand in a policy',
  description:
    '`policy` is the text of a bundle `{revision, plan, data, tests}`; `signature` a compact JWS over `{use: "soma-policy", tenant, revision, sha256}`. ' +
    'In force within two seconds. What is refused leaves the one in force as it is.',
  request: {
    body: {
      required: true,
      content: { 'application/json': { schema: z.object({ policy: z.string().max(maxPolicyUnits), signature: z.string().max(8_192) }) } },
    },
  },
  responses: { 200: json(z.object({ revision: z.int(), hash: z.string() })), ...problems(400, 401, 403, 409, 413, 422, 503) },
})
const data = createRoute({
  method: 'post',
  path: '/v1/data/soma/policy/{rule}',
  tags,
  summary: "Ask the policy, in the shape of OPA's Data API",
  request: {
    params: z.object({ rule: z.enum(['allow', 'reasons']) }),
    body: { required: true, content: { 'application/json': { schema: z.object({ input: Input }) } } },
  },
  responses: {
    200: json(z.object({ result: z.unknown().optional(), decision_id: z.string() }), 'No `result`: undefined'),
    ...problems(400, 401, 403, 503),
  },
})
const Explained = z.object({
  allowed: z.boolean(),
  reasons: z.array(z.string()),
  policy: z.object({ revision: z.int(), hash: z.string() }),
  rules: z.array(z.looseObject({ rule: z.string(), outcome: z.string() })).meta({ description: 'Those that held come first' }),
  inputs: z.array(z.looseObject({ pointer: z.string() })).meta({ description: 'What was read' }),
  changes: z.array(z.looseObject({ pointer: z.string() })).meta({ description: 'One input changed, and what the answer becomes' }),
})
const explain = createRoute({
  method: 'post',
  path: '/v1/policy/explain',
  tags,
  summary: 'Why a decision is what it is, and what would have changed it',
  request: { body: { required: true, content: { 'application/json': { schema: z.object({ input: Input }) } } } },
  responses: { 200: json(Explained), ...problems(400, 401, 403, 503) },
})
const whatIf = createRoute({
  method: 'post',
  path: '/v1/policy/what-if',
  tags,
  summary: 'What another policy would have decided of what was recorded',
  request: { body: { required: true, content: { 'application/json': { schema: Candidate } } } },
  responses: { 200: json(WhatIfAnswer), ...problems(400, 401, 403, 413, 422, 503) },
})

const tenantOf = (c: GatewayContext) => c.env.TENANT.getByName(c.var.principal.tenant)
const inForce = (c: GatewayContext): Promise<LoadedPolicy> => arbiter.of(c.var.principal.tenant, () => tenantOf(c), Date.now)
const remote = { kind: 'unavailable', what: 'The policy is decided by an OPA server, which explains itself elsewhere; this' } as const

/** Explainers cost as much to load as a policy, and are asked seldom: the last one is kept. */
let explainer: { readonly hash: string; readonly loaded: Explainer } | undefined

function explainerOf({ stamp, json }: LoadedPolicy): Explainer {
  if (explainer?.hash === stamp.hash) return explainer.loaded
  const made = loadExplainer(json)
  if (!made.ok) throw new Error('a policy in force that cannot be explained')
  explainer = { hash: stamp.hash, loaded: made.value }
  return made.value
}

/** Who may sign, as configured; null where nobody may. A set that is none is a fault, not an empty one. */
function policyKeys(text: string): KeySet | null {
  if (text === '') return null
  const keys = KeySet.parse(JSON.parse(text))
  if (!keys.ok) throw new Error(`SOMA_POLICY_KEYS: ${keys.error.detail}`)
  return keys.value
}

export const policies = new OpenAPIHono<Gateway>({ defaultHook: onInvalid })
  .openapi(get, async (c) => {
    const [{ stamp, plan }, stored] = await Promise.all([inForce(c), tenantOf(c).policyStamp()])
    const source: z.infer<typeof Policy>['source'] = c.env.OPA_URL ? 'remote' : stamp.revision === 0 ? 'built_in' : 'tenant'
    const { at, subject } = stored && stored.revision === stamp.revision ? stored : { at: null, subject: null }
    const takes = c.env.SOMA_POLICY_KEYS !== ''
    return c.json({ source, ...stamp, entry_points: [...plan.entrypoints.keys()], at, subject, takes }, 200)
  })
  .openapi(put, async (c) => {
    const keys = policyKeys(c.env.SOMA_POLICY_KEYS)
    if (!keys) return refuse(c, { kind: 'policy_refused', why: 'signature', detail: 'no key is configured that may sign policies' })
    const { tenant } = c.var.principal
    const signed = c.req.valid('json')
    const current = (await tenantOf(c).policyStamp()) ?? { revision: 0, hash: '' }
    const uploader = policyInput(c.var.principal, { action: 'admin.policy.update' })
    const admitted = await admit(signed, keys, tenant, current, uploader, Date.now())
    const note = (outcome: string, detail: Record<string, unknown>) =>
      recordAudit(c, { action: 'admin.policy.update', target: 'policy', outcome, detail })
    if (!admitted.ok) {
      await note('refused', { ...admitted.error })
      return refuse(c, { kind: 'policy_refused', ...admitted.error })
    }
    const { stamp } = admitted.value
    if (!(await tenantOf(c).putPolicy(stamp, signed.policy, c.var.principal.subject))) {
      await note('refused', { why: 'revision' })
      return refuse(c, { kind: 'policy_refused', why: 'revision', detail: 'another was handed in meanwhile' })
    }
    await note('done', { ...stamp })
    return c.json(stamp, 200)
  })
  .openapi(data, async (c) => {
    const { input } = c.req.valid('json')
    const entry = c.req.valid('param').rule === 'allow' ? allowPoint : reasonsPoint
    const decision_id = c.var.requestId
    if (c.env.OPA_URL) {
      if (entry !== allowPoint) return refuse(c, remote)
      const decision = await decideRemotely({ url: c.env.OPA_URL, token: c.env.OPA_TOKEN }, input)
      return c.json({ result: decision.allowed, decision_id }, 200)
    }
    const { plan, data } = await inForce(c)
    const answered = evaluate(plan, entry, input, { data, at: Date.now() })
    // Whatever went wrong is no.
    const value = answered.ok ? answered.value.value : entry === allowPoint ? false : undefined
    return c.json({ ...(value === undefined ? {} : { result: toJson(value) }), decision_id }, 200)
  })
  .openapi(explain, async (c) => {
    if (c.env.OPA_URL) return refuse(c, remote)
    const policy = await inForce(c)
    const { input } = c.req.valid('json')
    // It is asked some hundred times over, so each time may cost less.
    const terms = { data: policy.data, at: Date.now(), fuel: trialFuel }
    const told = explainerOf(policy).explain(allowPoint, input, terms)
    if (!told.ok) return refuse(c, { kind: 'malformed', detail: `The policy has no answer to this: ${told.error.message}.` })
    const { allowed, reasons } = rule(policy.plan, policy.stamp, input as never, terms)
    const { rules, inputs, changes } = told.value
    return c.json({ allowed, reasons: [...reasons], policy: policy.stamp, rules, inputs, changes } as never, 200)
  })
  .openapi(whatIf, async (c) => {
    const { plan, data = {}, ...period } = c.req.valid('json')
    const loaded = loadPlan(plan)
    if (!loaded.ok) {
      const { error } = loaded
      const detail = error.kind === 'malformed' ? error.detail : `it needs ${[...error.statements, ...error.builtins].join(', ')}`
      return refuse(c, { kind: 'policy_refused', why: 'plan', detail })
    }
    if (!loaded.value.entrypoints.has(allowPoint))
      return refuse(c, { kind: 'policy_refused', why: 'plan', detail: `it has no entry point ${allowPoint}` })
    const trail = c.env.AUDIT_TRAIL.getByName(c.var.principal.tenant)
    return c.json(await whatIfPages(loaded.value, data, period, (filter, before, limit) => trail.page(filter, before, limit)), 200)
  })
