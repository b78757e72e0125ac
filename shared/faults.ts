/** Faults that callers must distinguish. Pure. Across RPC, an error reliably keeps only its message. */
import { OwnError } from './log/error.ts'

const newerSchemaText = 'made by newer code than this'

/** The object's tables are newer than the code. Nothing is read from them or written to them. */
export class NewerSchema extends Error {
  override readonly name = 'NewerSchema'

  constructor(stored: number, known: number) {
    super(`tables ${newerSchemaText}: schema ${stored}, not ${known}`)
  }
}

/** Whether `error` is a `NewerSchema`, also after it crossed RPC. */
export const isNewerSchema = (error: unknown): boolean => error instanceof Error && error.message.includes(newerSchemaText)

const auditQuotaText = 'recorded as much as one subject may in a day'

/** The subject's entries in the audit trail have reached the quota of the day. A change by it must not happen. */
export class AuditQuotaExceeded extends Error {
  override readonly name = 'AuditQuotaExceeded'

  constructor() {
    super(`the audit trail has ${auditQuotaText}`)
  }
}

/** Whether `error` is an `AuditQuotaExceeded`, also after it crossed RPC. */
export const isAuditQuotaExceeded = (error: unknown): boolean => error instanceof Error && error.message.includes(auditQuotaText)

/**
 * Another party's server gave no usable response. Clients get 503 with `party` and `Retry-After`. The log has the
 * reason.
 */
export class PartyUnavailable extends OwnError {
  override readonly name = 'PartyUnavailable'
  /** The party as clients read it, e.g. `The issuer https://idp.example`. */
  readonly party: string
  /** When a request may succeed again. Milliseconds. */
  readonly retryMs: number

  /** `cause`: what failed. The log quotes the message of an `OwnError` only. */
  constructor(party: string, retryMs: number, cause: unknown) {
    super(`${party}: ${reasonOf(cause)}`, { cause })
    this.party = party
    this.retryMs = retryMs
  }
}

function reasonOf(cause: unknown): string {
  if (cause instanceof OwnError) return cause.message
  return cause instanceof Error && cause.name === 'TimeoutError' ? 'no response in time' : 'cannot be reached'
}
