/** The result of a policy decision, with everything that the audit trail stores of it. `decision-point.ts` makes decisions. */
import type { PolicyInput } from './access-request.ts'
import type { ConstitutionStamp } from './constitution/constitution.ts'

/** Which policy decided, for the audit trail. Revision 0 is the built-in policy. */
export interface PolicyStamp {
  readonly revision: number
  /** SHA-256 of the plan with its data, in hex. */
  readonly hash: string
  /** The tenant's constitution at the time of the decision, if it has one. */
  readonly constitution?: ConstitutionStamp
}

/**
 * How far a revision may be above the active one; for a constitution, its version. A revision at the end of the range of integers would
 * leave no room for the next one.
 */
export const maxRevisionStep = 1_000_000

/** The decision about one request. */
export interface PolicyDecision {
  readonly allowed: boolean
  /** The policy's reasons, `fault` or `unavailable`; empty if allowed. The denied user sees them. */
  readonly reasons: readonly string[]
  /** Why a permitted tool call needs an approval first. Absent: it needs none by the policy. */
  readonly asks?: readonly string[]
  /** The error, for the audit trail only. */
  readonly evidence: readonly string[]
  readonly policy: PolicyStamp
  readonly input: PolicyInput
}
