/**
 * The entries of a tenant's audit trail: policy decisions and changes. Pure. `chain.ts` links each entry to the one before.
 */
import canonicalize from 'canonicalize'

/** `decision`: a policy input and its answer. `change`: an action that was done, or that failed. */
export type AuditKind = 'decision' | 'change'

/** An entry before it is recorded. It must hold no secret and no message text. */
export interface AuditDraft {
  readonly kind: AuditKind
  /** The actor: a user, a service, or `system`. */
  readonly subject: string
  /** The policy's action, `noun.verb`. */
  readonly action: string
  /** The object of the action, such as `session:first-light`; empty for the whole tenant. */
  readonly target: string
  /** Of a decision `allowed` or `denied`; of a change `done`, `failed`, or a more precise word. */
  readonly outcome: string
  readonly request_id?: string
  /** Why it was denied. */
  readonly reasons?: readonly string[]
  /** The policy that decided, and the constitution with it. */
  readonly policy?: {
    readonly revision: number
    readonly hash: string
    readonly constitution?: { readonly version: number; readonly checksum: string }
  }
  /** The policy's input, so that another policy can decide the same request. */
  readonly input?: unknown
  readonly detail?: Readonly<Record<string, unknown>>
}

/** A recorded draft. */
export interface AuditEntry extends AuditDraft {
  readonly tenant: string
  /** From 1, without gaps. */
  readonly seq: number
  /** Unix ms, never less than the entry before. */
  readonly at: number
}

/** An exported entry, with its links. */
export interface ChainedEntry extends AuditEntry {
  readonly prev: string
  readonly hash: string
}

/** The last pruned entry and its hash. */
export interface PrunePoint {
  readonly through: number
  readonly hash: string
}

/** The action of the entry that records pruning. */
export const pruneAction = 'audit.prune'

/** The entry that records pruning. It is part of the chain, so the rest stays verifiable. */
export const pruneEntry = ({ through, hash }: PrunePoint): AuditDraft => ({
  kind: 'change',
  subject: 'system',
  action: pruneAction,
  target: 'audit',
  outcome: 'done',
  detail: { through, hash },
})

/** Canonical JSON (RFC 8785). Lone surrogates, which RFC 8785 refuses, become U+FFFD. */
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
      Object.entries(value).flatMap(([key, field]) => (field === undefined ? [] : [[key.toWellFormed(), wellFormed(field)]])),
    ) as T
  return value
}
