/**
 * Examines an uploaded policy after its signature was verified. Pure. The checks, in order:
 * 1. The plan loads: every statement and builtin is supported.
 * 2. The revision is the signed one, higher than the active one, and not far above it.
 * 3. The bundle's tests pass, and the policy denies by default.
 * 4. The uploader may upload the next policy.
 */
import { type LoadedPolicy, loadPolicy, type PolicyBundle } from '../bundle.ts'
import { maxRevisionStep } from '../decision-result.ts'
import { evaluatePolicy } from '../evaluate-policy.ts'
import { type PolicyRefusal, shortDetail } from '../policy-refusal.ts'
import type { PolicyUpload } from '../sandbox.ts'
import { type Pause, runInSlices, trialFuel } from './time-slices.ts'

/** Fuel for all tests of a bundle together. */
const maxTestsFuel = 5_000_000

/** Why the policy in `text` cannot become active; null: it can. */
export async function examinePolicy(
  text: string,
  { revision, current, uploader, at }: PolicyUpload,
  pause: Pause = async () => {},
): Promise<PolicyRefusal | null> {
  const refuse = (why: PolicyRefusal['why'], detail: string): PolicyRefusal => ({ why, detail: shortDetail(detail) })
  const loaded = loadPolicy(text)
  if (!loaded.ok) return refuse(loaded.error.why, loaded.error.detail)
  const { bundle, ...policy } = loaded.value
  if (bundle.revision !== revision) return refuse('signature', 'the signature is for another revision')
  if (revision <= current.revision) return refuse('revision', `revision ${revision} is not newer than ${current.revision}`)
  if (revision > current.revision + maxRevisionStep)
    return refuse('revision', `revision ${revision} is more than ${maxRevisionStep} above ${current.revision}`)
  const failed = await runInSlices(failures(policy, bundle, at), pause)
  if (failed.length > 0) return refuse('tests', failed.slice(0, 5).join('; '))
  const uploadDecision = evaluatePolicy(policy.plan, uploader, { data: policy.data, fuel: trialFuel, at })
  return uploadDecision.allowed ? null : refuse('lockout', 'it would not allow you to upload the next policy')
}

/** The tests that the policy fails, and the invariants that it breaks. Yields the fuel of each test. */
function* failures({ plan, data }: LoadedPolicy, { tests }: PolicyBundle, at: number): Generator<number, string[]> {
  const failed: string[] = []
  let remainingFuel = maxTestsFuel
  for (const expected of [true, false])
    if (!tests.some(({ allow }) => allow === expected)) failed.push(`no test expects ${expected ? 'an allowed' : 'a denied'} input`)
  for (const [index, { name = `test ${index + 1}`, input, allow }] of tests.entries()) {
    if (remainingFuel <= 0) return [...failed, `${name}: the tests before it used up the fuel of all tests`]
    const availableFuel = Math.min(trialFuel, remainingFuel)
    const { allowed, reason, detail, fuel } = evaluatePolicy(plan, input, { data, fuel: availableFuel, at })
    // A fault does not report its fuel, and may have used all of it.
    const usedFuel = reason === 'fault' ? availableFuel : fuel
    remainingFuel -= usedFuel
    yield usedFuel
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
