/** Faults that callers must tell apart. Between Workers an error keeps its message and nothing else that can be relied upon. */

const newer = 'made by newer code than this'

/** The object's tables are newer than the code: nothing is read from them, and nothing written to them. */
export class NewerSchema extends Error {
  override readonly name = 'NewerSchema'

  constructor(stored: number, known: number) {
    super(`tables ${newer}: schema ${stored}, not ${known}`)
  }
}

export const isNewerSchema = (error: unknown): boolean => error instanceof Error && error.message.includes(newer)
