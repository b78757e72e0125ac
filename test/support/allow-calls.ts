/** A catalog without entries, a policy that allows every tool call, and no persona. */
import type { PolicyInput } from '../../shared/policy/access-request.ts'
import type { PolicyDecision } from '../../shared/policy/decision-result.ts'
import { catalogTool } from '../../shared/tool/catalog.ts'
import type { Judges } from '../../workers/tools/judge.ts'

export const allowedByPolicy: PolicyDecision = {
  allowed: true,
  reasons: [],
  evidence: [],
  policy: { revision: 1, hash: 'p1' },
  input: {} as PolicyInput,
}

/** The ids of one claimed call. */
export const callIds = { tenant: 'acme', session: 's', subject: 'alice', turn_id: 't', call_id: 'c', token: 3 } as const

/** What an executor needs to judge calls. */
export const allowCalls: Judges = {
  catalogTool: async (declared) => catalogTool(declared, undefined),
  authorize: async () => ({ policy: allowedByPolicy, refusals: [] }),
  persona: async () => null,
}
