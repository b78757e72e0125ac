/**
 * Calls of the policy sandbox, where untrusted documents and explanations are evaluated. Its results are parsed. The client gets 503
 * if the sandbox is missing, stops, exceeds its CPU limit or returns invalid values. Such a call changes nothing, so the client may
 * try again.
 */
import { z } from 'zod'
import { withDeadline } from '../../../shared/lib/timeout.ts'
import type { RecordedDecision } from '../../../shared/policy/decision-comparison.ts'
import type { ActivePolicies } from '../../../shared/policy/policy-cache.ts'
import { isUsable } from '../../../shared/policy/policy-cache.ts'
import { PolicyRefusal } from '../../../shared/policy/policy-refusal.ts'
import {
  ConstitutionExamination,
  ExplainedRules,
  type ExplanationRequest,
  maxExplanationUnits,
  type PolicyUpload,
  ReplayAnswers,
  type ReplaySetup,
} from '../../../shared/policy/sandbox.ts'
import { ok, type Result } from '../../../shared/result.ts'
import type { GatewayContext } from '../http/context.ts'
import { callParty } from '../http/parties.ts'

type Sandbox = GatewayEnv['SANDBOX']

const partyName = 'The policy sandbox'
/** Longest wait for one call. Longer than its CPU limit, because the sandbox pauses for other requests. Milliseconds. */
export const callMs = 20_000

/** The result of `call`, as `schema` parses it. */
function callSandbox<T>(c: GatewayContext, call: (sandbox: Sandbox) => Promise<unknown>, schema: z.ZodType<T>): Promise<T> {
  return callParty(partyName, async () => schema.parse(await withDeadline(call(bindingOf(c)), callMs)))
}

function bindingOf({ env }: GatewayContext): Sandbox {
  const binding: Sandbox | undefined = env.SANDBOX
  if (binding === undefined) throw new Error('SANDBOX is not bound')
  return binding
}

/** A value of a request as JSON text; undefined: it is missing, or nested too deeply. */
export function jsonText(value: unknown): string | undefined {
  try {
    return JSON.stringify(value)
  } catch {
    return undefined
  }
}

/** Why the policy in `text` cannot become active; null: it can. */
export const examinePolicy = (c: GatewayContext, text: string, upload: PolicyUpload): Promise<PolicyRefusal | null> =>
  callSandbox(c, (sandbox) => sandbox.examinePolicy(text, upload), PolicyRefusal.nullable())

/** All problems of a constitution in JSON. */
export const examineConstitution = (c: GatewayContext, document: string, at: number): Promise<ConstitutionExamination> =>
  callSandbox(c, (sandbox) => sandbox.examineConstitution(document, at), ConstitutionExamination)

const Explained = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), value: z.string().max(maxExplanationUnits) }),
  z.object({ ok: z.literal(false), error: z.string() }),
])

/** The rules that led to a decision, or why they are unknown. */
export async function explainRules(c: GatewayContext, request: ExplanationRequest): Promise<Result<ExplainedRules, string>> {
  const explained = await callSandbox(c, (sandbox) => sandbox.explain(request), Explained)
  return explained.ok ? callParty(partyName, async () => ok(ExplainedRules.parse(JSON.parse(explained.value)))) : explained
}

/** Decides at least one of `recorded`, and no more after `maxMs`. */
export type Decide = (recorded: readonly RecordedDecision[], maxMs: number) => Promise<ReplayAnswers>

const Loaded = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), value: z.unknown() }),
  z.object({ ok: z.literal(false), error: PolicyRefusal }),
])

/** The result of `use`, which decides recorded requests again by `setup`. */
export async function withReplay<T>(
  c: GatewayContext,
  setup: ReplaySetup,
  use: (decide: Decide) => Promise<T>,
): Promise<Result<T, PolicyRefusal>> {
  const opening = await callParty(partyName, async () => withDeadline(Promise.resolve(bindingOf(c).replay(setup)), callMs))
  const loaded = await callParty(partyName, async () => Loaded.parse({ ...opening }))
  if (!loaded.ok || !opening.ok) return loaded as Result<never, PolicyRefusal>
  const candidate: Pick<typeof opening.value, 'decide'> & Partial<Disposable> = opening.value
  try {
    return ok(await use((recorded, maxMs) => decideBy((text, ms) => candidate.decide(text, ms), recorded, maxMs)))
  } finally {
    candidate[Symbol.dispose]?.()
  }
}

/** The answers to the first recorded decisions, at least one. The others have none. */
const decideBy = (
  call: (recorded: string, maxMs: number) => Promise<unknown>,
  recorded: readonly RecordedDecision[],
  maxMs: number,
): Promise<ReplayAnswers> =>
  callParty(partyName, async () => {
    const replayed = ReplayAnswers.parse(await withDeadline(call(JSON.stringify(recorded), maxMs), callMs))
    if (replayed.answers.length === 0 || replayed.answers.length > recorded.length)
      throw new Error('the number of answers does not match the requests')
    return replayed
  })

/** The active policy in the sandbox's format; null: this version cannot load it. */
export const policyText = ({ policy }: ActivePolicies): string | null =>
  isUsable(policy) ? JSON.stringify({ plan: policy.json, data: policy.data }) : null

/** The active constitution in the sandbox's format; null: none is loaded. */
export const constitutionText = ({ constitution }: ActivePolicies): string | null => {
  if (constitution === null) return null
  // A document that cannot be loaded denies everything in the sandbox, too.
  return isUsable(constitution) ? JSON.stringify(constitution.document) : 'null'
}
