/** Faults that callers must distinguish. Pure. Across RPC, an error reliably keeps only its message. */

const newer = 'made by newer code than this'

/** The object's tables are newer than the code. Nothing is read from them or written to them. */
export class NewerSchema extends Error {
  override readonly name = 'NewerSchema'

  constructor(stored: number, known: number) {
    super(`tables ${newer}: schema ${stored}, not ${known}`)
  }
}

export const isNewerSchema = (error: unknown): boolean => error instanceof Error && error.message.includes(newer)
