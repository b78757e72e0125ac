/**
 * The accounts object of one attempt of a turn. One call reads the role, the name and the own instructions of its user. A role that is older
 * than `maxAgeMs` is read again, so a removed or demoted user is denied after that time, also in a long attempt.
 */
import { unlessOlder } from '../../../shared/older-release.ts'
import type { TurnUser } from '../../../shared/persona/turn-user.ts'

/** How long a role is reused. Milliseconds. */
const maxAgeMs = 1_000

/** The methods of the accounts object that a turn calls. */
interface AccountsObject {
  turnUser(subject: string): Promise<TurnUser>
  roleOf(subject: string): Promise<TurnUser['role']>
  user(subject: string): Promise<{ readonly name: string } | null>
  ownInstructions(subject: string): Promise<TurnUser['instructions']>
}

/** Reads the users of one attempt. Each subject is read once, and its role again after a second. */
export class TurnAccounts {
  readonly #accounts: { getByName(tenant: string): AccountsObject }
  readonly #read = new Map<string, { readonly user: Promise<TurnUser>; readonly at: number }>()

  constructor(accounts: { getByName(tenant: string): AccountsObject }) {
    this.#accounts = accounts
  }

  getByName(tenant: string): Omit<AccountsObject, 'turnUser'> {
    return {
      roleOf: async (subject) => (await this.#user(tenant, subject, maxAgeMs)).role,
      user: (subject) => this.#user(tenant, subject),
      ownInstructions: async (subject) => (await this.#user(tenant, subject)).instructions,
    }
  }

  #user(tenant: string, subject: string, ageMs = Number.POSITIVE_INFINITY): Promise<TurnUser> {
    const key = `${tenant}/${subject}`
    const known = this.#read.get(key)
    if (known && Date.now() - known.at < ageMs) return known.user
    const user = readUser(this.#accounts.getByName(tenant), subject)
    this.#read.set(key, { user, at: Date.now() })
    // The next caller tries again.
    user.catch(() => this.#read.delete(key))
    return user
  }
}

async function readUser(accounts: AccountsObject, subject: string): Promise<TurnUser> {
  const user = await unlessOlder(() => accounts.turnUser(subject))
  if (user) return user
  // An accounts object of an earlier release has no such call, or no instructions.
  const [role, named, instructions] = await Promise.all([
    accounts.roleOf(subject),
    accounts.user(subject),
    unlessOlder(() => accounts.ownInstructions(subject)),
  ])
  return { role, name: named?.name ?? '', instructions }
}
