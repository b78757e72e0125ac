/** `/v1/constitution`: a tenant's constitution, which can only deny what its policy allows. */
import { OpenAPIHono } from '@hono/zod-openapi'
import type { StoredConstitution, ConstitutionRecord as StoredRecord } from '../../../durable-objects/tenant/constitution.ts'
import {
  ActiveConstitution,
  ConstitutionValidation,
  ConstitutionVersion,
  ConstitutionVersions,
  LoadConstitution,
  RollBackConstitution,
  ValidateConstitution,
} from '../../../shared/api/constitution.ts'
import type { WhatIfPeriod, WhatIfReport } from '../../../shared/api/what-if.ts'
import { PartyUnavailable } from '../../../shared/faults.ts'
import type { Constitution } from '../../../shared/policy/constitution/constitution.ts'
import {
  acceptConstitution,
  type ConstitutionRefusal,
  noCanonicalText,
  stampOf,
  verifySignedConstitution,
  versionProblem,
} from '../../../shared/policy/constitution/signed-constitution.ts'
import { opaServer } from '../../../shared/policy/opa.ts'
import type { ConstitutionExamination } from '../../../shared/policy/sandbox.ts'
import type { InvalidField } from '../../../shared/problem.ts'
import { fail, ok, type Result } from '../../../shared/result.ts'
import { readVariable } from '../../../shared/settings/variables.ts'
import { recordAudit } from '../audit/record.ts'
import type { Gateway, GatewayContext } from '../http/context.ts'
import { json, jsonBody, onInvalid, problems } from '../http/openapi.ts'
import { problem } from '../http/problem.ts'
import { createRoute } from '../http/route.ts'
import { decisionPoint } from './enforce.ts'
import { policyKeys } from './policy-keys.ts'
import { examineConstitution, jsonText, policyText, withReplay } from './sandbox.ts'
import { limitTrials } from './trial-limit.ts'
import { whatIfPages } from './what-if.ts'

const tags = ['Constitution']
const get = createRoute({
  method: 'get',
  path: '/v1/constitution',
  tags,
  summary: 'Show the active constitution',
  responses: { 200: json(ActiveConstitution), ...problems(401, 403, 503) },
})
const version = createRoute({
  method: 'get',
  path: '/v1/constitution/version',
  tags,
  summary: 'Show the version of the active constitution',
  responses: { 200: json(ConstitutionVersion), ...problems(401, 403, 503) },
})
const versions = createRoute({
  method: 'get',
  path: '/v1/constitution/versions',
  tags,
  summary: 'List past versions of the constitution, newest first',
  responses: { 200: json(ConstitutionVersions), ...problems(401, 403, 503) },
})
const validate = createRoute({
  method: 'post',
  path: '/v1/constitution/validate',
  middleware: limitTrials,
  tags,
  summary: 'Validate a constitution, and preview its effect',
  description: 'With `signature`, also checks the signature. With `what_if`, replays the decisions of that period.',
  request: {
    body: jsonBody(ValidateConstitution),
  },
  responses: { 200: json(ConstitutionValidation), ...problems(400, 401, 403, 413, 503) },
})
const load = createRoute({
  method: 'post',
  path: '/v1/constitution/load',
  middleware: limitTrials,
  tags,
  summary: 'Load a constitution',
  description:
    'The constitution narrows every policy: an article can deny a request. It takes effect within two seconds. ' +
    'A refused document changes nothing.',
  request: { body: jsonBody(LoadConstitution) },
  responses: { 200: json(ConstitutionVersion), ...problems(400, 401, 403, 409, 413, 422, 503) },
})
const rollback = createRoute({
  method: 'post',
  path: '/v1/constitution/rollback',
  tags,
  summary: 'Roll back to an earlier version of the constitution',
  description: 'The document and its signature stay unchanged. The next loaded version must still exceed every earlier version.',
  request: { body: jsonBody(RollBackConstitution) },
  responses: { 200: json(ConstitutionVersion), ...problems(400, 401, 403, 409, 503) },
})

const action = 'admin.constitution.update'
const auditUpdate = (c: GatewayContext, outcome: string, detail: Record<string, unknown>) =>
  recordAudit(c, { action, target: 'constitution', outcome, detail })

/** The caller's tenant object. */
export const tenantOf = (c: GatewayContext) => c.env.TENANT.getByName(c.var.principal.tenant)

/** A stored version, as the API shows it. Null: no constitution is loaded. */
export const versionOf = (record: StoredRecord | null): ConstitutionVersion => ({
  version: record?.version ?? 0,
  checksum: record?.checksum ?? null,
  loaded_at: record?.at ?? null,
  loaded_by: record?.subject ?? null,
  rolled_back_from: record?.rolled_back_from ?? null,
})

/** Loads a signed document if it passes all checks. Audits both outcomes. */
export async function loadSigned(
  c: GatewayContext,
  upload: { readonly constitution: unknown; readonly signature: string },
): Promise<Result<StoredRecord, ConstitutionRefusal>> {
  const admitted = await checkUpload(c, upload)
  if (admitted.ok) {
    const { stamp, text } = admitted.value
    const record = await tenantOf(c).putConstitution(stamp, text, upload.signature, c.var.principal.subject)
    if (record) {
      await auditUpdate(c, 'done', { ...stamp })
      return ok(record)
    }
  }
  const error: ConstitutionRefusal = admitted.ok
    ? { why: 'version', detail: 'another version was loaded at the same time' }
    : admitted.error
  await auditUpdate(c, 'refused', { why: error.why, detail: error.detail })
  return fail(error)
}

async function checkUpload(
  c: GatewayContext,
  { constitution, signature }: { readonly constitution: unknown; readonly signature: string },
  document?: ConstitutionExamination,
): Promise<ReturnType<typeof acceptConstitution>> {
  const keys = policyKeys(c.env)
  if (!keys) return fail({ why: 'signature', detail: 'SOMA_POLICY_KEYS has no key' })
  const newest = await tenantOf(c).newestConstitution()
  const signed = await verifySignedConstitution(signature, keys, c.var.principal.tenant)
  return signed.ok ? acceptConstitution(document ?? (await examine(c, constitution)), signed.value, newest) : signed
}

/** All problems of a document, from the sandbox. */
async function examine(c: GatewayContext, constitution: unknown): Promise<ConstitutionExamination> {
  const document = jsonText(constitution)
  return document === undefined
    ? { text: '', problems: [noCanonicalText], wellFormed: false }
    : examineConstitution(c, document, Date.now())
}

/** The problems of a document. With `signature`, also whether it could be loaded now. */
async function validateDocument(c: GatewayContext, constitution: unknown, signature: string | undefined) {
  const document = await examine(c, constitution)
  const invalidFields: InvalidField[] = [...document.problems]
  const stamp = document.wellFormed ? stampOf(document.text) : null
  if (stamp && invalidFields.length === 0) {
    const newest = await tenantOf(c).newestConstitution()
    const uploadProblem = versionProblem(stamp.version, newest)
    if (uploadProblem) invalidFields.push({ pointer: '/version', detail: uploadProblem })
    else if (signature !== undefined) {
      const admitted = await checkUpload(c, { constitution, signature }, document)
      if (!admitted.ok) invalidFields.push({ pointer: '/signature', detail: admitted.error.detail })
    }
  }
  return { text: document.text, stamp, faults: invalidFields }
}

/** What `constitution` would change of the recorded decisions of a period. The active policy decides, or the recorded decision of OPA. */
async function whatIfLoaded(c: GatewayContext, constitution: string, period: WhatIfPeriod): Promise<WhatIfReport> {
  const { tenant } = c.var.principal
  const active = await decisionPoint.policiesOf(tenant, () => tenantOf(c), Date.now)
  const policy = opaServer(c.env) === null ? policyText(active) : null
  const trail = c.env.AUDIT_TRAIL.getByName(tenant)
  const report = await withReplay(c, { policy, constitution, skipsTexts: true }, (decide) =>
    whatIfPages(decide, period, (filter, before, limit) => trail.page(filter, before, limit)),
  )
  // The active policy was loaded here, so the sandbox is of another release.
  if (!report.ok) throw new PartyUnavailable('The policy sandbox', 5_000, new Error(report.error.detail))
  return report.value
}

/** The active articles that `input` violates; null: no constitution is loaded. */
export async function activeViolations(c: GatewayContext, input: unknown): Promise<readonly string[] | null> {
  const policies = await decisionPoint.policiesOf(c.var.principal.tenant, () => tenantOf(c), Date.now)
  return policies.constitution && decisionPoint.violations(policies, input, Date.now())
}

export const constitutionRoutes = new OpenAPIHono<Gateway>({ defaultHook: onInvalid })
  .openapi(get, async (c) => {
    const record: StoredConstitution | null = await tenantOf(c).constitution()
    const document = record ? (JSON.parse(record.text) as Constitution) : null
    return c.json({ ...versionOf(record), constitution: document, takes: readVariable(c.env, 'SOMA_POLICY_KEYS') !== '' }, 200)
  })
  .openapi(version, async (c) => c.json(versionOf(await tenantOf(c).constitution()), 200))
  .openapi(versions, async (c) => {
    const history = await tenantOf(c).constitutionHistory()
    return c.json({ versions: history.map((record) => ({ seq: record.seq, ...versionOf(record) })) }, 200)
  })
  .openapi(validate, async (c) => {
    const { constitution, signature, what_if } = c.req.valid('json')
    const { text, stamp, faults: invalidFields } = await validateDocument(c, constitution, signature)
    const report = stamp && what_if ? await whatIfLoaded(c, text, what_if) : null
    const { version = null, checksum = null } = stamp ?? {}
    return c.json({ valid: invalidFields.length === 0, version, checksum, problems: invalidFields, what_if: report }, 200)
  })
  .openapi(load, async (c) => {
    const { constitution, signature } = c.req.valid('json')
    const loaded = await loadSigned(c, { constitution, signature })
    return loaded.ok ? c.json(versionOf(loaded.value), 200) : problem(c, { kind: 'constitution_refused', ...loaded.error })
  })
  .openapi(rollback, async (c) => {
    const { version } = c.req.valid('json')
    const record = await tenantOf(c).rollBackConstitution(version, c.var.principal.subject)
    if (!record) {
      const error = { why: 'version', detail: `version ${version} is active, or is not an earlier version that can be restored` } as const
      await auditUpdate(c, 'refused', error)
      return problem(c, { kind: 'constitution_refused', ...error })
    }
    const { checksum, rolled_back_from } = record
    await auditUpdate(c, 'done', { version, checksum, rolled_back_from })
    return c.json(versionOf(record), 200)
  })
