/** Faults that callers must tell apart. Pure. Across RPC, an error reliably keeps only its message. */

const newer = 'made by newer code than this'

/** The object's tables are newer than the code. Nothing is read from them or written to them. */
export class NewerSchema extends Error {
  override readonly name = 'NewerSchema'

  constructor(stored: number, known: number) {
    super(`tables ${newer}: schema ${stored}, not ${known}`)
  }
}

export const isNewerSchema = (error: unknown): boolean => error instanceof Error && error.message.includes(newer)

const overQuota = 'recorded as much as one subject may in a day'

/** The subject's entries in the audit trail have reached the quota of the day. A change by it must not happen. */
export class AuditQuotaExceeded extends Error {
  override readonly name = 'AuditQuotaExceeded'

  constructor() {
    super(`the audit trail has ${overQuota}`)
  }
}

export const isAuditQuotaExceeded = (error: unknown): boolean => error instanceof Error && error.message.includes(overQuota)
