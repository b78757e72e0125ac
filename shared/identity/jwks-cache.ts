/**
 * Caches an issuer's key set. Portable: the clock is an argument. The set is fetched when it is old. It is also fetched when a token names
 * an unknown key, at most once per cooldown. While the issuer is unreachable, the last set is used for a limited time.
 */
import type { JWTPayload } from 'jose'
import { PartyUnavailable } from '../faults.ts'
import { OwnError } from '../log/error.ts'
import { fail, ok, type Result } from '../result.ts'
import { KeySet } from './key-set.ts'
import { type JwsRefusal, type JwtRules, verifyJwt } from './verify.ts'

/** The name of an issuer, and the ages of its cached keys, in milliseconds. */
export interface JwksCacheOptions {
  /** The issuer as clients and logs name it while its keys are missing. */
  readonly party: string
  /** Parses the fetched set. Default: the usable keys of an issuer's set. */
  readonly parse?: typeof KeySet.fromIssuer
  /** After half this age the set is refreshed in the background; after all of it, requests wait for the refresh. */
  readonly maxAgeMs: number
  /** Least time between two fetches that tokens cause, and after a failed fetch. */
  readonly cooldownMs: number
  /** The largest age of a set that is used while the issuer is unreachable. */
  readonly maxStaleMs: number
}

/** A token's claims, and the key set that verified them. A new set may change the result. */
export interface VerifiedToken {
  readonly claims: JWTPayload
  readonly keys: KeySet
}

/** The cached key set of one issuer. */
export class JwksCache {
  readonly #fetch: () => Promise<unknown>
  readonly #options: JwksCacheOptions
  #keys: { readonly set: KeySet; readonly at: number } | null = null
  #text = ''
  #lastFetchAt = Number.NEGATIVE_INFINITY
  #pendingFetch: Promise<void> | null = null
  #lastError: unknown

  /** `fetch` returns a JWK set as parsed JSON, or throws. */
  constructor(fetch: () => Promise<unknown>, options: JwksCacheOptions) {
    this.#fetch = fetch
    this.#options = options
  }

  /** The set at `now`. Throws `PartyUnavailable` without one. `keepAlive` lets a fetch outlive the request that started it. */
  async current(now: number, keepAlive: (fetching: Promise<unknown>) => void): Promise<KeySet> {
    const { maxAgeMs, maxStaleMs } = this.#options
    const age = this.#keys ? now - this.#keys.at : Number.POSITIVE_INFINITY
    if (age > maxAgeMs / 2) {
      const fetching = this.#refresh(now, keepAlive)
      const settled = fetching?.catch(() => undefined)
      if (age > maxAgeMs) await settled
    }
    if (!this.#keys || now - this.#keys.at > maxStaleMs) throw this.#unavailable(now)
    return this.#keys.set
  }

  /** The claims of `token`, if a key of the set signed it and `rules` hold. */
  async verify(
    token: string,
    rules: JwtRules,
    now: number,
    keepAlive: (fetching: Promise<unknown>) => void,
  ): Promise<Result<VerifiedToken, JwsRefusal>> {
    const keys = await this.current(now, keepAlive)
    const verified = await verifyJwt(token, keys, rules)
    if (verified.ok) return ok({ claims: verified.value, keys })
    if (verified.error.kind !== 'unknown_key') return verified
    await this.#refresh(now, keepAlive)?.catch(() => undefined)
    const refreshed = this.#keys?.set
    if (!refreshed || refreshed === keys) return fail(verified.error)
    const retry = await verifyJwt(token, refreshed, rules)
    return retry.ok ? ok({ claims: retry.value, keys: refreshed }) : retry
  }

  #unavailable(now: number): PartyUnavailable {
    const { party, cooldownMs } = this.#options
    return new PartyUnavailable(party, Math.max(1_000, this.#lastFetchAt + cooldownMs - now), this.#lastError)
  }

  /** Starts a fetch or joins the running one; null during the cooldown. */
  #refresh(now: number, keepAlive: (fetching: Promise<unknown>) => void): Promise<void> | null {
    if (this.#pendingFetch) return this.#pendingFetch
    if (now - this.#lastFetchAt < this.#options.cooldownMs) return null
    this.#lastFetchAt = now
    this.#pendingFetch = this.#fetchAndStore(now)
      .catch((error) => {
        this.#lastError = error
        throw error
      })
      .finally(() => {
        this.#pendingFetch = null
      })
    keepAlive(this.#pendingFetch.catch(() => undefined))
    return this.#pendingFetch
  }

  async #fetchAndStore(now: number): Promise<void> {
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
