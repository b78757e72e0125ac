/** An authorization request: a principal, an action, a resource and a context. Pure. */
import { mfa } from '../identity/amr.ts'
import type { Principal } from '../identity/principal.ts'
import type { PolicyAction } from './policy-actions.ts'

/** The action, its resource and its context, before the principal is added. */
export interface AccessRequest {
  readonly action: PolicyAction
  /** Attributes without the tenant: `policyInput` adds the principal's, so no request can name another tenant. */
  readonly resource?: Readonly<Record<string, unknown>>
  readonly context?: Readonly<Record<string, unknown>>
}

/** The input of `policy.rego`. */
export interface PolicyInput {
  readonly principal: {
    readonly id: string
    readonly tenant: string
    readonly roles: readonly string[]
    readonly scopes: readonly string[]
    readonly mfa: boolean
  }
  readonly action: string
  readonly resource: Readonly<Record<string, unknown>> & { readonly tenant: string }
  readonly context: Readonly<Record<string, unknown>>
}

/** The policy's input for a request of this principal. */
export function policyInput(
  { tenant, subject, roles, scopes, amr }: Pick<Principal, 'tenant' | 'subject' | 'roles' | 'scopes' | 'amr'>,
  { action, resource, context }: AccessRequest,
): PolicyInput {
  return {
    principal: { id: subject, tenant, roles: [...roles], scopes: [...scopes], mfa: amr.includes(mfa) },
    action,
    resource: { ...resource, tenant },
    context: { ...context },
  }
}

/** The input without message texts and tool arguments, for the audit trail. `withheld` lists what was removed. */
export function withoutTexts(input: PolicyInput): PolicyInput {
  const { text, arguments: args, ...context } = input.context
  const withheld = [...(text === undefined ? [] : ['text']), ...(args === undefined ? [] : ['arguments'])]
  return withheld.length === 0 ? input : { ...input, context: { ...context, withheld } }
}
