/**
 * `/constitution`: the constitution for clients of SomaBrain. They identify it by its checksum and load the bare document.
 * SomaBrain accepted unsigned documents; here the body needs a `signature`.
 */
import { OpenAPIHono } from '@hono/zod-openapi'
import { decodeProtectedHeader } from 'jose'
import {
  LegacyConstitutionAnswer,
  LegacyConstitutionQuery,
  LegacyConstitutionVersion,
  LegacyLoadConstitution,
  LegacyLoadedConstitution,
} from '../../../shared/api/constitution-legacy.ts'
import type { Gateway } from '../http/context.ts'
import { json, jsonBody, onInvalid, problems } from '../http/openapi.ts'
import { problem } from '../http/problem.ts'
import { createRoute } from '../http/route.ts'
import { activeViolations, loadSigned, tenantOf, versionOf } from './constitution.ts'
import { limitTrials } from './trial-limit.ts'

const tags = ['Constitution']

const version = createRoute({
  method: 'get',
  path: '/constitution/version',
  tags,
  summary: "Show the active constitution (SomaBrain's format)",
  responses: {
    200: json(LegacyConstitutionVersion),
    ...problems(401, 403, 503),
  },
})
const validate = createRoute({
  method: 'post',
  path: '/constitution/validate',
  tags,
  summary: 'Check an input against the active constitution',
  request: {
    body: jsonBody(LegacyConstitutionQuery),
  },
  responses: {
    200: json(LegacyConstitutionAnswer),
    ...problems(400, 401, 403, 503),
  },
})
const load = createRoute({
  method: 'post',
  path: '/constitution/load',
  middleware: limitTrials,
  tags,
  summary: "Load a constitution (SomaBrain's format)",
  description: 'The body is the document with a `signature` field, or `{constitution, signature}`.',
  request: {
    body: jsonBody(LegacyLoadConstitution),
  },
  responses: {
    200: json(LegacyLoadedConstitution),
    ...problems(400, 401, 403, 409, 413, 422, 503),
  },
})

/** The id of the key that signed. */
function signerOf(signature: string): string {
  try {
    return decodeProtectedHeader(signature).kid ?? 'default'
  } catch {
    return 'default'
  }
}

export const legacyConstitutionRoutes = new OpenAPIHono<Gateway>({ defaultHook: onInvalid })
  .openapi(version, async (c) => {
    const record = await tenantOf(c).constitution()
    const { signature, checksum } = record ?? { signature: '', checksum: '' }
    return c.json(
      {
        ...versionOf(record),
        constitution_version: record ? checksum : null,
        constitution_status: record ? ('loaded' as const) : ('not-loaded' as const),
        constitution_signatures: record ? [{ signer_id: signerOf(signature), signature, checksum }] : [],
      },
      200,
    )
  })
  .openapi(validate, async (c) => {
    const violations = await activeViolations(c, c.req.valid('json').input)
    if (violations === null) return c.json({ allowed: false, explain: 'constitution not loaded', violations: [] }, 200)
    const isAllowed = violations.length === 0
    return c.json({ allowed: isAllowed, explain: { allow: isAllowed, violations }, violations: [...violations] }, 200)
  })
  .openapi(load, async (c) => {
    const { signature, ...document } = c.req.valid('json')
    const constitution = Object.keys(document).join() === 'constitution' ? document.constitution : document
    const loaded = await loadSigned(c, { constitution, signature })
    if (!loaded.ok) return problem(c, { kind: 'constitution_refused', ...loaded.error })
    const { checksum, version } = loaded.value
    return c.json({ status: 'saved' as const, checksum, version }, 200)
  })
