/** What a turn needs of the user that it acts for. Types only. */
import type { Role } from '../identity/role.ts'
import type { StoredInstructions } from './own-instructions.ts'

/** The user of a turn. */
export interface TurnUser {
  /** Null: removed. */
  readonly role: Role | null
  /** Empty: the user has none. */
  readonly name: string
  /** Null: nothing. */
  readonly instructions: StoredInstructions | null
}
