/**
 * The entries of a tenant's audit trail: policy decisions and changes. Pure. `chain.ts` links each entry to the one before.
 */
import canonicalize from 'canonicalize'

/** `decision`: what was asked of the policy, and its answer. `change`: what was done, or failed. */
export type AuditKind = 'decision' | 'change'

/** What somebody wants on the trail. It must hold no secret and nothing that was said. */
export interface AuditDraft {
  readonly kind: AuditKind
  /** Who: a user, a service, or `system`. */
  readonly subject: string
  /** `noun.verb` of the policy. */
  readonly action: string
  /** What it was done to, e.g. `session:first-light`; empty for the tenant as a whole. */
  readonly target: string
  /** `allowed`, `denied`; of a change: `done`, `failed`, or a word of its own. */
  readonly outcome: string
  readonly request_id?: string
  /** Why it was denied. */
  readonly reasons?: readonly string[]
  /** The policy that decided, and the constitution beside it. */
  readonly policy?: {
    readonly revision: number
    readonly hash: string
    readonly constitution?: { readonly version: number; readonly checksum: string }
  }
  /** What the policy was asked, so that another can be asked the same. */
  readonly input?: unknown
  readonly detail?: Readonly<Record<string, unknown>>
}

/** A draft as it was recorded. */
export interface AuditEntry extends AuditDraft {
  readonly tenant: string
  /** From 1, without gaps. */
  readonly seq: number
  /** Unix ms, never less than the entry before. */
  readonly at: number
}

/** As it is exported: with what chains it. */
export interface ChainedEntry extends AuditEntry {
  readonly prev: string
  readonly hash: string
}

/** What a trail says when entries are dropped from its beginning: up to which, and the hash of that one. */
export interface Pruned {
  readonly through: number
  readonly hash: string
}
export const pruneAction = 'audit.prune'

/** The entry that keeps a pruned trail verifiable: it is part of the chain that it is the beginning of. */
export const pruneEntry = ({ through, hash }: Pruned): AuditDraft => ({
  kind: 'change',
  subject: 'system',
  action: pruneAction,
  target: 'audit',
  outcome: 'done',
  detail: { through, hash },
})

/** RFC 8785. Lone surrogates, which it refuses, become U+FFFD. */
export function canonical(entry: AuditEntry): string {
  try {
    return canonicalize(entry) as string
  } catch {
    return canonicalize(wellFormed(entry)) as string
  }
}

function wellFormed<T>(value: T): T {
  if (typeof value === 'string') return value.toWellFormed() as T
  if (Array.isArray(value)) return value.map(wellFormed) as T
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(
      Object.entries(value).flatMap(([key, one]) => (one === undefined ? [] : [[key.toWellFormed(), wellFormed(one)]])),
    ) as T
  return value
}
