/**
 * A key set that somebody else keeps. It is fetched when it is old, and when a token names a key that it lacks; however many such
 * tokens come, at most once per cooldown. While the other side is away the last set serves on, for a while.
 */
import type { JWTPayload } from 'jose'
import { fail, ok, type Result } from '../result.ts'
import { type JwsRefusal, KeySet, verifyJwt } from './verify.ts'

export interface FetchedKeysOptions {
  /** From half this age on it is fetched again beside the requests; from this age on they wait for it. */
  readonly maxAgeMs: number
  /** The least time between two fetches that tokens bring about, and after a failed one. */
  readonly cooldownMs: number
  /** A set this old is not used any more, whatever the other side says. */
  readonly uselessMs: number
}

/** The claims of a token, and the set that they were verified with: if that changes, so may the answer. */
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

  /** `fetch` answers a JWK set, parsed from JSON; what it throws is the trouble. */
  constructor(fetch: () => Promise<unknown>, options: FetchedKeysOptions) {
    this.#fetch = fetch
    this.#options = options
  }

  /** The set as of `now`. Throws if there is none and none can be fetched. `keepAlive` lets a fetch outlive the request that began it. */
  async current(now: number, keepAlive: (fetching: Promise<unknown>) => void): Promise<KeySet> {
    const { maxAgeMs, uselessMs } = this.#options
    const age = this.#keys ? now - this.#keys.at : Number.POSITIVE_INFINITY
    if (age > maxAgeMs / 2) {
      const fetching = this.#renew(now, keepAlive)
      if (age > maxAgeMs) await fetching?.catch((error) => (age > uselessMs ? Promise.reject(error) : undefined))
      else fetching?.catch(() => undefined)
    }
    if (!this.#keys || now - this.#keys.at > uselessMs) throw new Error('there is no key set, and none can be fetched now')
    return this.#keys.set
  }

  /** The claims of `token`, if a key of the set signed it and `rules` are met. */
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
    const again = await verifyJwt(token, renewed, rules)
    return again.ok ? ok({ claims: again.value, keys: renewed }) : again
  }

  /** Fetches, or joins the fetch that is under way; nothing within the cooldown. */
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
    // The same keys are the same set: what was imported, and what was verified with it, stays.
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
