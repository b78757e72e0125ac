/** What an approval counts for: a hash of everything that was judged. A call that differs in anything has another hash. Pure. */
import canonicalize from 'canonicalize'
import type { Caller } from '../agent/delegation.ts'
import type { Role } from '../identity/role.ts'
import { textHash } from '../lib/text-hash.ts'
import type { PolicyStamp } from '../policy/decision-result.ts'
import type { ApprovalRule } from './approval-rule.ts'
import type { ToolDeclaration } from './tool.ts'

/** The tool as it was judged. `version`: of the workspace's entry. */
export type BoundTool = Omit<ToolDeclaration, 'timeout_ms' | 'output_units'> & { readonly version: number }

/** Everything that an approval is bound to. */
export interface BoundCall {
  readonly tool: BoundTool
  /** Canonical JSON. */
  readonly arguments: string
  readonly target: { readonly tenant: string; readonly session: string; readonly turn_id: string; readonly call_id: string }
  /** Whose rights the call has. */
  readonly subject: string
  readonly role_at_most: Role | undefined
  readonly persona: { readonly id: string; readonly version: number; readonly approval?: ApprovalRule } | null
  /** The turns above, for a turn that answers a call of another one. */
  readonly callers?: readonly Caller[]
  readonly policy: PolicyStamp
}

const hashOf = (value: unknown): string => textHash(canonicalize(value) as string)

/** SHA-256 of the call, in hex. */
export const approvalBinding = (call: BoundCall): string => hashOf(call)

/** SHA-256 of what an approval for later calls counts for, in hex: the tool, the persona and its rule, whatever the arguments are. */
export const grantBinding = ({ tool, subject, role_at_most, persona, callers }: BoundCall): string =>
  hashOf({
    ...{ tool, subject, role_at_most, persona: persona?.id ?? null },
    ...(persona?.approval && { approval: persona.approval }),
    ...(callers && { callers }),
  })
