/**
 * Caches an issuer's key set. Portable: the clock is an argument. It is fetched when it is old, and when a token names an unknown key, at
 * most once per cooldown. While the issuer is unreachable, the last set is used for a limited time.
 */
import type { JWTPayload } from 'jose'
import { fail, ok, type Result } from '../result.ts'
import { type JwsRefusal, KeySet, verifyJwt } from './verify.ts'

export interface FetchedKeysOptions {
  /** After half this age the set is refreshed in the background; after all of it, requests wait for the refresh. */
  readonly maxAgeMs: number
  /** Least time between two fetches that tokens cause, and after a failed fetch. */
  readonly cooldownMs: number
  /** A set of this age is no longer used. */
  readonly uselessMs: number
}

/** A token's claims, and the key set that verified them. A new set may change the answer. */
export interface VerifiedBy {
  readonly claims: JWTPayload
  readonly keys: KeySet
}

type VerifyRules = Parameters<typeof verifyJwt>[2]

export class FetchedKeys {
  readonly #fetch: () => Promise<unknown>
  readonly #options: FetchedKeysOptions
  #keys: { readonly set: KeySet; readonly at: number } | null = null
  #text = ''
  #triedAt = Number.NEGATIVE_INFINITY
  #trying: Promise<void> | null = null

  /** `fetch` returns a JWK set as parsed JSON, or throws. */
  constructor(fetch: () => Promise<unknown>, options: FetchedKeysOptions) {
    this.#fetch = fetch
    this.#options = options
  }

  /** The set at `now`. Throws if none is available. `keepAlive` lets a fetch outlive the request that started it. */
  async current(now: number, keepAlive: (fetching: Promise<unknown>) => void): Promise<KeySet> {
    const { maxAgeMs, uselessMs } = this.#options
    const age = this.#keys ? now - this.#keys.at : Number.POSITIVE_INFINITY
    if (age > maxAgeMs / 2) {
      const fetching = this.#renew(now, keepAlive)
      if (age > maxAgeMs) await fetching?.catch((error) => (age > uselessMs ? Promise.reject(error) : undefined))
      else fetching?.catch(() => undefined)
    }
    if (!this.#keys || now - this.#keys.at > uselessMs) throw new Error('no key set is available, and fetching one failed')
    return this.#keys.set
  }

  /** The claims of `token`, if a key of the set signed it and `rules` hold. */
  async verify(
    token: string,
    rules: VerifyRules,
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

  /** Starts a fetch or joins the running one; null during the cooldown. */
  #renew(now: number, keepAlive: (fetching: Promise<unknown>) => void): Promise<void> | null {
    if (this.#trying) return this.#trying
    if (now - this.#triedAt < this.#options.cooldownMs) return null
    this.#triedAt = now
    this.#trying = this.#take(now).finally(() => {
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
    const parsed = KeySet.parse(jwks)
    if (!parsed.ok) throw new Error(`the key set cannot be used: ${parsed.error.detail}`)
    this.#text = text
    this.#keys = { set: parsed.value, at: now }
  }
}
