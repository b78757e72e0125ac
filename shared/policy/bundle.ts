/**
 * Verifies an uploaded policy. Pure except for WebCrypto. The checks, in order:
 * 1. The signature is by a trusted key, for this text and this tenant.
 * 2. The plan loads: every statement and builtin is supported.
 * 3. The revision is higher than the active one, and not far above it.
 * 4. The bundle's tests pass, and the policy denies by default.
 * 5. The uploader may upload the next policy.
 */
import { z } from 'zod'
import type { KeySet } from '../identity/key-set.ts'
import { verifyJws } from '../identity/verify.ts'
import { textHash } from '../lib/text-hash.ts'
import { loadPlan, type Plan } from '../rego/plan.ts'
import type { RegoValue } from '../rego/value.ts'
import { fail, ok, type Result } from '../result.ts'
import type { PolicyInput } from './access-request.ts'
import { maxRevisionStep, type PolicyStamp } from './decision-result.ts'
import { allowPoint, evaluatePolicy, reasonsPoint } from './evaluate-policy.ts'
import { inTurns, type Pause } from './turns.ts'

/** Largest policy text, in UTF-16 units. The built-in policy has about 160,000. */
export const maxPolicyUnits = 800_000
/**
 * Fuel for one trial decision. The built-in policy needs a few hundred. An active policy gets ten times as much. So an input that no test
 * covers is slow before it is denied.
 */
export const trialFuel = 50_000
/** Fuel for all tests of a bundle together. */
const maxTestsFuel = 5_000_000

export const PolicyBundle = z.object({
  revision: z.int().min(1).meta({ description: 'Must be higher than the active revision' }),
  plan: z.unknown().meta({ description: "OPA's IR plan: the output of `opa build -t plan`" }),
  data: z.record(z.string(), z.unknown()).optional(),
  tests: z
    .array(z.object({ name: z.string().max(200).optional(), input: z.unknown(), allow: z.boolean() }))
    .min(2)
    .max(1_000)
    .meta({ description: 'Inputs with the expected answer, at least one allowed and one denied' }),
})
export type PolicyBundle = z.infer<typeof PolicyBundle>

/** The signed claims, as compact JWS. As in OPA's bundles, they hold the text's hash, not the text. */
const Claims = z.object({
  use: z.literal('soma-policy'),
  /** The tenant that may use the policy; `*`: any tenant. */
  tenant: z.string(),
  revision: z.int(),
  /** SHA-256 of the text's UTF-8, in hex. */
  sha256: z.string(),
})

export interface SignedPolicy {
  /** A `PolicyBundle` as JSON text. */
  readonly policy: string
  readonly signature: string
}

/** A policy that is ready for evaluation. */
export interface LoadedPolicy {
  readonly stamp: PolicyStamp
  readonly plan: Plan
  readonly data: RegoValue
  /** The plan as JSON. Explanations load it again with tracing. */
  readonly json: unknown
}

/** Why a policy is refused, for its uploader. */
export interface PolicyRefusal {
  readonly why: 'signature' | 'revision' | 'plan' | 'tests' | 'lockout'
  readonly detail: string
}

const refuse = (why: PolicyRefusal['why'], detail: string) => fail<PolicyRefusal>({ why, detail })

/** Loads a policy text that was accepted before, or returns why this code cannot use it. */
export function loadPolicy(text: string): Result<LoadedPolicy & { readonly bundle: PolicyBundle }, PolicyRefusal> {
  if (text.length > maxPolicyUnits) return refuse('plan', `it has ${text.length} UTF-16 units, more than ${maxPolicyUnits}`)
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return refuse('plan', 'the text is not JSON')
  }
  const bundle = PolicyBundle.safeParse(json)
  if (!bundle.success) {
    const { path = [], message = '' } = bundle.error.issues[0] ?? {}
    return refuse('plan', `/${path.join('/')}: ${message}`)
  }
  const { revision, plan, data = {} } = bundle.data
  const loaded = loadPlan(plan)
  if (!loaded.ok) {
    const { error } = loaded
    if (error.kind === 'malformed') return refuse('plan', error.detail)
    const unknown = [...error.statements.map((name) => `statement ${name}`), ...error.builtins.map((name) => `builtin ${name}`)]
    return refuse('plan', `it needs unsupported parts: ${unknown.slice(0, 20).join(', ')}`)
  }
  for (const point of [allowPoint, reasonsPoint])
    if (!loaded.value.entrypoints.has(point)) return refuse('plan', `it has no entry point ${point}`)
  return ok({ stamp: { revision, hash: textHash(text) }, plan: loaded.value, data: data as RegoValue, json: plan, bundle: bundle.data })
}

/**
 * Verifies `signed` for `tenant`. `current` is the active stamp. `uploader` is the input of the next upload, which the new policy must
 * allow.
 */
export async function verifyBundle(
  { policy: text, signature }: SignedPolicy,
  keys: KeySet,
  tenant: string,
  current: PolicyStamp,
  uploader: PolicyInput,
  at: number,
  pause: Pause = async () => {},
): Promise<Result<LoadedPolicy, PolicyRefusal>> {
  const verified = await verifyJws(signature, keys)
  if (!verified.ok) return refuse('signature', 'no trusted policy key made the signature')
  const claims = Claims.safeParse(parse(new TextDecoder().decode(verified.value)))
  if (!claims.success) return refuse('signature', 'the signed claims are not for a policy')
  if (claims.data.sha256 !== textHash(text)) return refuse('signature', 'the signature is for another text')
  if (claims.data.tenant !== tenant && claims.data.tenant !== '*') return refuse('signature', 'the signature is for another tenant')
  const loaded = loadPolicy(text)
  if (!loaded.ok) return loaded
  const { bundle, ...policy } = loaded.value
  if (bundle.revision !== claims.data.revision) return refuse('signature', 'the signature is for another revision')
  if (bundle.revision <= current.revision) return refuse('revision', `revision ${bundle.revision} is not newer than ${current.revision}`)
  if (bundle.revision > current.revision + maxRevisionStep)
    return refuse('revision', `revision ${bundle.revision} is more than ${maxRevisionStep} above ${current.revision}`)
  const failed = await inTurns(failures(policy, bundle, at), pause)
  if (failed.length > 0) return refuse('tests', failed.slice(0, 5).join('; '))
  const uploadDecision = evaluatePolicy(policy.plan, uploader, { data: policy.data, fuel: trialFuel, at })
  if (!uploadDecision.allowed) return refuse('lockout', 'it would not allow you to upload the next policy')
  return ok(policy)
}

/** The tests that the policy fails, and the invariants that it breaks. Yields the fuel of each test. */
function* failures({ plan, data }: LoadedPolicy, { tests }: PolicyBundle, at: number): Generator<number, string[]> {
  const failed: string[] = []
  let left = maxTestsFuel
  for (const answer of [true, false])
    if (!tests.some(({ allow }) => allow === answer)) failed.push(`no test expects ${answer ? 'an allowed' : 'a denied'} input`)
  for (const [index, { name = `test ${index + 1}`, input, allow }] of tests.entries()) {
    if (left <= 0) return [...failed, `${name}: the tests before it used up the fuel of all tests`]
    const given = Math.min(trialFuel, left)
    const { allowed, reason, detail, fuel } = evaluatePolicy(plan, input, { data, fuel: given, at })
    // A fault does not report its fuel, and may have used all of it.
    const used = reason === 'fault' ? given : fuel
    left -= used
    yield used
    if (reason === 'fault') failed.push(`${name}: ${detail.join(', ')}`)
    else if (allowed !== allow) failed.push(`${name}: ${allowed ? 'allowed' : 'denied'}`)
  }
  // Default deny: an anonymous principal and an empty request get nothing.
  for (const input of [undefined, null, {}, { action: 'conversation.send' }]) {
    const { allowed, reason, detail, fuel } = evaluatePolicy(plan, input, { data, fuel: trialFuel, at })
    yield reason === 'fault' ? trialFuel : fuel
    if (allowed) failed.push(`it allows ${JSON.stringify(input) ?? 'no input at all'}`)
    if (reason === 'fault') failed.push(`on ${JSON.stringify(input) ?? 'no input'}: ${detail.join(', ')}`)
  }
  return failed
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
