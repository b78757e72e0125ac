/**
 * The hash chain of an audit trail: each entry is hashed together with the hash of the entry before. A changed, removed, inserted or
 * reordered entry breaks the chain. Pure. The trail's object writes it, and every verifier reads it with this code.
 */
import { textHash } from '../lib/text-hash.ts'
import { type ChainedEntry, canonical, pruneAction } from './entry.ts'

/** The `prev` of the first entry. */
export const genesis = '0'.repeat(64)

/** SHA-256(prev || canonical JSON), in hex. */
export const chainHash = (prev: string, body: string): string => textHash(prev + body)

/** One line of an export: the canonical entry, then `prev` and `hash`. */
export const exportLine = (body: string, prev: string, hash: string): string => `${body.slice(0, -1)},"prev":"${prev}","hash":"${hash}"}`

/** A position in a chain: the last entry before the next one. */
export interface ChainHead {
  readonly seq: number
  readonly hash: string
}

/** The position before the first entry. */
export const genesisHead: ChainHead = { seq: 0, hash: genesis }

/** Verifies one line of an export. Returns the next position, or the problem in words. Every byte of the line counts. */
export function verifyLine(before: ChainHead, line: string): ChainHead | string {
  let entry: ChainedEntry
  try {
    entry = JSON.parse(line) as ChainedEntry
  } catch {
    return 'is not JSON'
  }
  if (typeof entry !== 'object' || entry === null) return 'is not an entry'
  const { prev, hash: claimedHash, ...rest } = entry
  if (rest.seq !== before.seq + 1) return `has seq ${rest.seq} instead of ${before.seq + 1}`
  if (prev !== before.hash) return 'is not chained to the entry before'
  const body = canonical(rest)
  if (exportLine(body, prev, claimedHash) !== line) return 'is not in canonical form'
  if (chainHash(prev, body) !== claimedHash) return 'does not match its hash'
  return { seq: rest.seq, hash: claimedHash }
}

/**
 * Verifies a chain line by line. A chain may start after entry 1. Then a later entry must record that pruning, with the last pruned hash.
 */
export class ChainVerifier {
  #head: ChainHead | null = null
  #start: ChainHead = genesisHead
  #isAnchored = true

  /** The last verified entry. */
  get head(): ChainHead {
    return this.#head ?? genesisHead
  }

  /** The entry before the first line. */
  get start(): ChainHead {
    return this.#start
  }

  /** The problem with the next line, in words; null: none. */
  next(line: string): string | null {
    if (this.#head === null) this.#begin(line)
    const verified = verifyLine(this.head, line)
    if (typeof verified === 'string') return verified
    this.#head = verified
    if (!this.#isAnchored && line.includes(pruneAction)) this.#isAnchored = isAnchor(JSON.parse(line), this.#start)
    return null
  }

  /** The problem with the whole chain after its last line; null: none. */
  end(): string | null {
    return this.#isAnchored ? null : `begins after entry ${this.#start.seq}, and no entry records the pruning before it`
  }

  #begin(line: string): void {
    const { seq, prev } = startOf(line)
    if (typeof seq !== 'number' || !Number.isSafeInteger(seq) || seq <= 1 || typeof prev !== 'string') return
    this.#start = { seq: seq - 1, hash: prev }
    this.#head = this.#start
    this.#isAnchored = false
  }
}

function startOf(line: string): { readonly seq?: unknown; readonly prev?: unknown } {
  try {
    const json: unknown = JSON.parse(line)
    return typeof json === 'object' && json !== null ? json : {}
  } catch {
    return {}
  }
}

const isAnchor = ({ kind, subject, action, detail }: ChainedEntry, { seq, hash }: ChainHead): boolean =>
  kind === 'change' && subject === 'system' && action === pruneAction && detail?.through === seq && detail.hash === hash
