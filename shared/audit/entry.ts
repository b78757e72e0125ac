/**
 * What the audit trail holds: every decision and every change of a tenant, each chained to the one before by its hash, so that
 * nothing can be changed, left out or put in between unseen. Pure: the trail's object and whoever verifies it share this.
 */
import { sha256 } from '@noble/hashes/sha2.js'
import canonicalize from 'canonicalize'
import { toHex } from '../lib/hex.ts'

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

/** What the first entry is chained to. */
export const genesis = '0'.repeat(64)

const utf8 = new TextEncoder()

/** RFC 8785. Lone surrogates, which it refuses, become U+FFFD. */
export function canonical(entry: AuditEntry): string {
  try {
    return canonicalize(entry) as string
  } catch {
    return canonicalize(wellFormed(entry)) as string
  }
}

/** SHA-256(prev || canonical JSON), in hex. */
export const chain = (prev: string, body: string): string => toHex(sha256(utf8.encode(prev + body)))

/** One line of an export: the canonical entry, and then what chains it. */
export const exportLine = (body: string, prev: string, hash: string): string => `${body.slice(0, -1)},"prev":"${prev}","hash":"${hash}"}`

/** Where a chain is followed from: the entry before the next. */
export interface ChainHead {
  readonly seq: number
  readonly hash: string
}

export const genesisLink: ChainHead = { seq: 0, hash: genesis }

/** Follows the chain over one line of an export; what is wrong with it, in words, or the next link. Every byte of the line counts. */
export function verifyLine(before: ChainHead, line: string): ChainHead | string {
  let entry: ChainedEntry
  try {
    entry = JSON.parse(line) as ChainedEntry
  } catch {
    return 'is not JSON'
  }
  if (typeof entry !== 'object' || entry === null) return 'is not an entry'
  const { prev, hash: said, ...rest } = entry
  if (rest.seq !== before.seq + 1) return `has number ${rest.seq}, not ${before.seq + 1}`
  if (prev !== before.hash) return 'is not chained to the entry before'
  const body = canonical(rest)
  if (exportLine(body, prev, said) !== line) return 'is not as it was written'
  if (chain(prev, body) !== said) return 'does not have the hash of what it says'
  return { seq: rest.seq, hash: said }
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

/**
 * A chain, followed line by line. One that does not begin with the first entry is whole only if a later entry says that what came
 * before was pruned, and what its hash was.
 */
export class ChainVerifier {
  #link: ChainHead | null = null
  #start: ChainHead = genesisLink
  #anchored = true

  /** The last entry that was followed. */
  get link(): ChainHead {
    return this.#link ?? genesisLink
  }

  /** The entry before the first that is there. */
  get start(): ChainHead {
    return this.#start
  }

  /** What is wrong with the next line, in words; null: nothing. */
  next(line: string): string | null {
    if (this.#link === null) this.#begin(line)
    const followed = verifyLine(this.link, line)
    if (typeof followed === 'string') return followed
    this.#link = followed
    if (!this.#anchored && line.includes(pruneAction)) this.#anchored = isAnchor(JSON.parse(line), this.#start)
    return null
  }

  /** What is wrong with the whole of it, once the last line was followed; null: nothing. */
  end(): string | null {
    return this.#anchored ? null : `begins after entry ${this.#start.seq}, and nothing in it says that what came before was pruned`
  }

  #begin(line: string): void {
    const { seq, prev } = firstOf(line)
    if (typeof seq !== 'number' || !Number.isSafeInteger(seq) || seq <= 1 || typeof prev !== 'string') return
    this.#start = { seq: seq - 1, hash: prev }
    this.#link = this.#start
    this.#anchored = false
  }
}

function firstOf(line: string): { readonly seq?: unknown; readonly prev?: unknown } {
  try {
    const json: unknown = JSON.parse(line)
    return typeof json === 'object' && json !== null ? json : {}
  } catch {
    return {}
  }
}

const isAnchor = ({ kind, subject, action, detail }: ChainedEntry, { seq, hash }: ChainHead): boolean =>
  kind === 'change' && subject === 'system' && action === pruneAction && detail?.through === seq && detail.hash === hash

function wellFormed<T>(value: T): T {
  if (typeof value === 'string') return value.toWellFormed() as T
  if (Array.isArray(value)) return value.map(wellFormed) as T
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(
      Object.entries(value).flatMap(([key, one]) => (one === undefined ? [] : [[key.toWellFormed(), wellFormed(one)]])),
    ) as T
  return value
}
