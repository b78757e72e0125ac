/** The form of a tool: its entry as texts, and back. Pure. */
import type { CatalogEntryView, PutCatalogEntry } from '../../../../shared/api/tools.ts'
import type { Role } from '../../../../shared/identity/role.ts'
import { type ApprovalRule, approvalRules } from '../../../../shared/tool/approval-rule.ts'

/** Empty: as the tool declares it. */
export interface ToolDraft {
  readonly description: string
  readonly approval: ApprovalRule | ''
  readonly timeoutSeconds: string
  readonly outputUnits: string
  /** `everyone`, or only those of the next two. */
  readonly users: 'everyone' | 'some'
  readonly roles: readonly Role[]
  /** Separated by commas or lines. */
  readonly subjects: string
  /** Separated by commas or spaces. */
  readonly scopes: string
  /** JSON; empty: none. */
  readonly params: string
}

export const isApprovalRule = (value: string): value is ApprovalRule => approvalRules.some((rule) => rule === value)

export const draftOf = ({ description, approval, limits, allowed, scopes, params }: CatalogEntryView): ToolDraft => ({
  description: description ?? '',
  approval: approval ?? '',
  timeoutSeconds: limits.timeout_ms === null ? '' : String(limits.timeout_ms / 1_000),
  outputUnits: limits.output_units === null ? '' : String(limits.output_units),
  users: allowed === null ? 'everyone' : 'some',
  roles: allowed?.roles ?? [],
  subjects: allowed?.subjects.join(', ') ?? '',
  scopes: scopes?.join(' ') ?? '',
  params: Object.keys(params).length === 0 ? '' : JSON.stringify(params, null, 2),
})

const listOf = (text: string): string[] => text.split(/[\s,]+/).filter((part) => part !== '')

/** The fixed arguments. Null: they are no JSON object. */
export function paramsOf(text: string): Record<string, unknown> | null {
  if (text.trim() === '') return {}
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : null
  } catch {
    return null
  }
}

/** The entry that the form states, based on `entry`. Null: the fixed arguments are invalid. */
export function entryOf(draft: ToolDraft, { enabled, version }: Pick<CatalogEntryView, 'enabled' | 'version'>): PutCatalogEntry | null {
  const params = paramsOf(draft.params)
  if (params === null) return null
  const scopes = listOf(draft.scopes)
  return {
    version,
    enabled,
    description: draft.description.trim() || null,
    approval: draft.approval || null,
    limits: {
      timeout_ms: draft.timeoutSeconds === '' ? null : Math.round(Number(draft.timeoutSeconds) * 1_000),
      output_units: draft.outputUnits === '' ? null : Number(draft.outputUnits),
    },
    allowed: draft.users === 'everyone' ? null : { roles: [...draft.roles], subjects: listOf(draft.subjects) as never },
    scopes: scopes.length === 0 ? null : scopes,
    params,
  }
}
