/**
 * Caches an issuer's key set. Portable: the clock is an argument. It is fetched when it is old, and when a token names an unknown key, at
 * most once per cooldown. While the issuer is unreachable, the last set is used for a limited time.
 */
import type { JWTPayload } from 'jose'
import { PartyUnavailable } from '../faults.ts'
import { OwnError } from '../log/error.ts'
import { fail, ok, type Result } from '../result.ts'
import { KeySet } from './key-set.ts'
import { type JwsRefusal, type JwtRules, verifyJwt } from './verify.ts'

export interface FetchedKeysOptions {
  /** The issuer as clients and logs name it while its keys are missing. */
  readonly party: string
  /** Parses the fetched set. Default: the usable keys of an issuer's set. */
  readonly parse?: typeof KeySet.fromIssuer
  /** After half this age the set is refreshed in the background; after all of it, requests wait for the refresh. */
  readonly maxAgeMs: number
  /** Least time between two fetches that tokens cause, and after a failed fetch. */
  readonly cooldownMs: number
  /** A set of this age is no longer used. */
  readonly uselessMs: number
}

/** A token's claims, and the key set that verified them. A new set may change the result. */
export interface VerifiedBy {
  readonly claims: JWTPayload
  readonly keys: KeySet
}

export class FetchedKeys {
  readonly #fetch: () => Promise<unknown>
  readonly #options: FetchedKeysOptions
  #keys: { readonly set: KeySet; readonly at: number } | null = null
  #text = ''
  #triedAt = Number.NEGATIVE_INFINITY
  #trying: Promise<void> | null = null
  #lastError: unknown

  /** `fetch` returns a JWK set as parsed JSON, or throws. */
  constructor(fetch: () => Promise<unknown>, options: FetchedKeysOptions) {
    this.#fetch = fetch
    this.#options = options
  }

  /** The set at `now`. Throws `PartyUnavailable` without one. `keepAlive` lets a fetch outlive the request that started it. */
  async current(now: number, keepAlive: (fetching: Promise<unknown>) => void): Promise<KeySet> {
    const { maxAgeMs, uselessMs } = this.#options
    const age = this.#keys ? now - this.#keys.at : Number.POSITIVE_INFINITY
    if (age > maxAgeMs / 2) {
      const fetching = this.#renew(now, keepAlive)
      const settled = fetching?.catch(() => undefined)
      if (age > maxAgeMs) await settled
    }
    if (!this.#keys || now - this.#keys.at > uselessMs) throw this.#unavailable(now)
    return this.#keys.set
  }

  /** The claims of `token`, if a key of the set signed it and `rules` hold. */
  async verify(
    token: string,
    rules: JwtRules,
    now: number,
    keepAlive: (fetching: Promise<unknown>) => void,
  ): Promise<Result<VerifiedBy, JwsRefusal>> {
    const keys = await this.current(now, keepAlive)
    const verified = await verifyJwt(token, keys, rules)
    if (verified.ok) return ok({ claims: verified.value, keys })
    if (verified.error.kind !== 'unknown_key') return verified
    await this.#renew(now, keepAlive)?.catch(() => undefined)
    const renewed = this.#keys?.set
    if (!renewed || renewed === keys) return fail(verified.error)
    const retry = await verifyJwt(token, renewed, rules)
    return retry.ok ? ok({ claims: retry.value, keys: renewed }) : retry
  }

  #unavailable(now: number): PartyUnavailable {
    const { party, cooldownMs } = this.#options
    return new PartyUnavailable(party, Math.max(1_000, this.#triedAt + cooldownMs - now), this.#lastError)
  }

  /** Starts a fetch or joins the running one; null during the cooldown. */
  #renew(now: number, keepAlive: (fetching: Promise<unknown>) => void): Promise<void> | null {
    if (this.#trying) return this.#trying
    if (now - this.#triedAt < this.#options.cooldownMs) return null
    this.#triedAt = now
    this.#trying = this.#take(now)
      .catch((error) => {
        this.#lastError = error
        throw error
      })
      .finally(() => {
        this.#trying = null
      })
    keepAlive(this.#trying.catch(() => undefined))
    return this.#trying
  }

  async #take(now: number): Promise<void> {
    const jwks = await this.#fetch()
    const text = JSON.stringify(jwks)
    // An unchanged set keeps its imported keys and the tokens that it verified.
    if (this.#keys && text === this.#text) {
      this.#keys = { set: this.#keys.set, at: now }
      return
    }
    const parsed = (this.#options.parse ?? KeySet.fromIssuer)(jwks)
    if (!parsed.ok) throw new OwnError(`the key set cannot be used: ${parsed.error.detail}`)
    this.#text = text
    this.#keys = { set: parsed.value, at: now }
  }
}
