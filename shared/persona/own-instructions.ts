/** A user's own instructions, as they are stored. */
export interface StoredInstructions {
  /** A template, as in a persona. */
  readonly instructions: string
  /** Unix ms. */
  readonly updated_at: number
}
