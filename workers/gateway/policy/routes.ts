/** `/v1/policy`, `/v1/data`: reading, replacing, querying and explaining the active policy. */
import { OpenAPIHono } from '@hono/zod-openapi'
import {
  ActivePolicy,
  PolicyExplanation,
  PolicyQuery,
  PolicyResult,
  PolicyRevision,
  PolicyRulePath,
  PutPolicy,
} from '../../../shared/api/policy.ts'
import { CandidatePolicy, WhatIfReport } from '../../../shared/api/what-if.ts'
import type { KeySet } from '../../../shared/identity/key-set.ts'
import { policyInput } from '../../../shared/policy/access-request.ts'
import type { PolicyStamp } from '../../../shared/policy/decision-result.ts'
import { decideRemotely, opaServer } from '../../../shared/policy/opa.ts'
import { type ActivePolicies, isUsable } from '../../../shared/policy/policy-cache.ts'
import type { PolicyRefusal } from '../../../shared/policy/policy-refusal.ts'
import { verifySignedPolicy } from '../../../shared/policy/signed-policy.ts'
import { fail, type Result } from '../../../shared/result.ts'
import { readVariable } from '../../../shared/settings/variables.ts'
import { recordAudit } from '../audit/record.ts'
import type { Gateway, GatewayContext } from '../http/context.ts'
import { json, jsonBody, onInvalid, problems } from '../http/openapi.ts'
import { problem } from '../http/problem.ts'
import { createRoute } from '../http/route.ts'
import { decisionPoint } from './enforce.ts'
import { explainDecision } from './explain.ts'
import { policyKeys } from './policy-keys.ts'
import { constitutionText, examinePolicy, jsonText, withReplay } from './sandbox.ts'
import { limitTrials } from './trial-limit.ts'
import { whatIfPages } from './what-if.ts'

const tags = ['Policy']
const get = createRoute({
  method: 'get',
  path: '/v1/policy',
  tags,
  summary: 'Show the active policy',
  responses: { 200: json(ActivePolicy), ...problems(401, 403, 503) },
})
const put = createRoute({
  method: 'put',
  path: '/v1/policy',
  middleware: limitTrials,
  tags,
  summary: 'Upload a policy',
  description:
    '`policy` is the text of a bundle `{revision, plan, data, tests}`. `signature` is a compact JWS over `{use: "soma-policy", tenant, revision, sha256}`. ' +
    'The policy takes effect within two seconds. A refused upload changes nothing.',
  request: {
    body: jsonBody(PutPolicy),
  },
  responses: { 200: json(PolicyRevision), ...problems(400, 401, 403, 409, 413, 422, 503) },
})
const data = createRoute({
  method: 'post',
  path: '/v1/data/soma/policy/{rule}',
  tags,
  summary: "Query the policy, in the form of OPA's Data API",
  request: {
    params: PolicyRulePath,
    body: jsonBody(PolicyQuery),
  },
  responses: {
    200: json(PolicyResult, 'The result. Without `result`, the rule is undefined.'),
    ...problems(400, 401, 403, 503),
  },
})
const explain = createRoute({
  method: 'post',
  path: '/v1/policy/explain',
  middleware: limitTrials,
  tags,
  summary: 'Explain a decision, and show which inputs would change it',
  request: { body: jsonBody(PolicyQuery) },
  responses: { 200: json(PolicyExplanation), ...problems(400, 401, 403, 503) },
})
const whatIf = createRoute({
  method: 'post',
  path: '/v1/policy/what-if',
  middleware: limitTrials,
  tags,
  summary: 'Compare a candidate policy with the recorded decisions',
  request: { body: jsonBody(CandidatePolicy) },
  responses: { 200: json(WhatIfReport), ...problems(400, 401, 403, 413, 422, 503) },
})

const tenantOf = (c: GatewayContext) => c.env.TENANT.getByName(c.var.principal.tenant)
const policiesOf = (c: GatewayContext): Promise<ActivePolicies> =>
  decisionPoint.policiesOf(c.var.principal.tenant, () => tenantOf(c), Date.now)
const remotePolicy = { kind: 'unavailable', what: 'An OPA server decides the policy. Its explanation' } as const
const unusablePolicy = { kind: 'unavailable', what: 'The active policy, which this version cannot load,' } as const

/** The stamp of an uploaded policy that may become active. The gateway verifies the signature, and the sandbox everything else. */
async function admitPolicy(c: GatewayContext, policy: PutPolicy, keys: KeySet): Promise<Result<PolicyStamp, PolicyRefusal>> {
  const signed = await verifySignedPolicy(policy, keys, c.var.principal.tenant)
  if (!signed.ok) return signed
  const current = (await tenantOf(c).policyStamp()) ?? { revision: 0, hash: '' }
  const uploader = policyInput(c.var.principal, { action: 'admin.policy.update' })
  const { revision } = signed.value
  const refusal = await examinePolicy(c, policy.policy, { revision, current, uploader, at: Date.now() })
  return refusal ? fail(refusal) : signed
}

export const policyRoutes = new OpenAPIHono<Gateway>({ defaultHook: onInvalid })
  .openapi(get, async (c) => {
    const [{ policy }, stored] = await Promise.all([policiesOf(c), tenantOf(c).policyStamp()])
    const usable = isUsable(policy)
    const stamp = usable ? policy.stamp : policy.unusable
    const source: ActivePolicy['source'] = opaServer(c.env) ? 'remote' : stamp.revision === 0 ? 'built_in' : 'tenant'
    const { at, subject } = stored && stored.revision === stamp.revision ? stored : { at: null, subject: null }
    const takes = readVariable(c.env, 'SOMA_POLICY_KEYS') !== ''
    return c.json({ source, ...stamp, usable, entry_points: usable ? [...policy.plan.entrypoints.keys()] : [], at, subject, takes }, 200)
  })
  .openapi(put, async (c) => {
    const keys = policyKeys(c.env)
    if (!keys) return problem(c, { kind: 'policy_refused', why: 'signature', detail: 'SOMA_POLICY_KEYS has no key' })
    const policy = c.req.valid('json')
    const admitted = await admitPolicy(c, policy, keys)
    const auditUpload = (outcome: string, detail: Record<string, unknown>) =>
      recordAudit(c, { action: 'admin.policy.update', target: 'policy', outcome, detail })
    if (!admitted.ok) {
      await auditUpload('refused', { ...admitted.error })
      return problem(c, { kind: 'policy_refused', ...admitted.error })
    }
    const stamp = admitted.value
    if (!(await tenantOf(c).putPolicy(stamp, policy.policy, c.var.principal.subject))) {
      await auditUpload('refused', { why: 'revision' })
      return problem(c, { kind: 'policy_refused', why: 'revision', detail: 'another policy was uploaded at the same time' })
    }
    await auditUpload('done', { ...stamp })
    return c.json(stamp, 200)
  })
  .openapi(data, async (c) => {
    const { input } = c.req.valid('json')
    const isAllowRule = c.req.valid('param').rule === 'allow'
    const decision_id = c.var.requestId
    const policies = await policiesOf(c)
    const refusals = decisionPoint.violations(policies, input, Date.now())
    const opa = opaServer(c.env)
    if (opa) {
      if (!isAllowRule) return problem(c, remotePolicy)
      const decision = await decideRemotely(opa, input)
      return c.json({ result: decision.allowed && refusals.length === 0, decision_id }, 200)
    }
    const evaluated = decisionPoint.query(policies, isAllowRule ? 'allow' : 'reasons', input, Date.now())
    if (evaluated === null) return problem(c, unusablePolicy)
    const value = evaluated.ok ? evaluated.value : undefined
    // An evaluation error means deny.
    const allowed = refusals.length > 0 || !evaluated.ok ? false : value
    const reasons = Array.isArray(value) ? [...refusals, ...value] : value
    const result: unknown = isAllowRule ? allowed : reasons
    return c.json((result === undefined ? { decision_id } : { result, decision_id }) as never, 200)
  })
  .openapi(explain, async (c) => {
    if (opaServer(c.env)) return problem(c, remotePolicy)
    const policies = await policiesOf(c)
    const explanation = await explainDecision(c, policies, c.req.valid('json').input, Date.now())
    if (explanation === null) return problem(c, unusablePolicy)
    return explanation.ok
      ? c.json(explanation.value as never, 200)
      : problem(c, { kind: 'malformed', detail: `The policy cannot evaluate this input: ${explanation.error}.` })
  })
  .openapi(whatIf, async (c) => {
    const { plan, data = {}, ...period } = c.req.valid('json')
    const policy = jsonText({ plan, data })
    if (policy === undefined) return problem(c, { kind: 'policy_refused', why: 'plan', detail: 'it is nested too deeply' })
    const constitution = constitutionText(await policiesOf(c))
    const trail = c.env.AUDIT_TRAIL.getByName(c.var.principal.tenant)
    const report = await withReplay(c, { policy, constitution, skipsTexts: false }, (decide) =>
      whatIfPages(decide, period, (filter, before, limit) => trail.page(filter, before, limit)),
    )
    return report.ok ? c.json(report.value, 200) : problem(c, { kind: 'policy_refused', ...report.error })
  })
