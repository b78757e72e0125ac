/**
 * Second factors: setting one up, and judging codes. Codes are computed first, for that takes a moment; judging them and what follows
 * is one step without an `await`, so that of many guesses at once each sees what the one before has done.
 */
import { noLockout, recordFailure, retryAfterMs } from '../../shared/identity/lockout.ts'
import { newRecoveryCode, parseRecoveryCode, recoveryCodes, recoveryHash } from '../../shared/identity/recovery.ts'
import { codesAt, newSecret, otpauthUri, parseCode, type StepCode, stepOf, toBase32 } from '../../shared/identity/totp.ts'
import type { TenantId } from '../../shared/ids.ts'
import { fromBase64Url, toBase64Url } from '../../shared/lib/base64.ts'
import type { Failure } from '../../shared/problem.ts'
import { fail, ok, type Result } from '../../shared/result.ts'
import type { SecretSealer } from '../issuer/secret-sealer.ts'
import type { Factor, FactorState, Factors } from './factors.ts'

/** How long one may take to prove what was set up. */
const proveMs = 900_000

/** How it was shown. */
export type MfaMethod = 'otp' | 'recovery'

/** What somebody may be told of their own. Unix ms. */
export interface MfaState {
  /** Null: none is in force. */
  readonly since: number | null
  readonly pending: boolean
  readonly recoveryLeft: number
}

/** A code that was said, made ready to be judged. */
export interface SubmittedCode {
  readonly text: string
  /** What would be right, per factor that was there when it was said. */
  readonly codes: readonly { readonly state: FactorState; readonly id: string; readonly codes: readonly StepCode[] }[]
  readonly recoveryHash: string | null
}

export class SecondFactor {
  readonly #factors: Factors
  readonly #storage: Pick<DurableObjectStorage, 'transactionSync'>
  readonly #seal: SecretSealer
  readonly #tenant: () => TenantId

  constructor(factors: Factors, storage: Pick<DurableObjectStorage, 'transactionSync'>, seal: SecretSealer, tenant: () => TenantId) {
    this.#factors = factors
    this.#storage = storage
    this.#seal = seal
    this.#tenant = tenant
  }

  isOn(subject: string): boolean {
    return this.#factors.get(subject, 'on') !== null
  }

  state(subject: string, now: number): MfaState {
    return {
      since: this.#factors.get(subject, 'on')?.madeAt ?? null,
      pending: this.#pending(subject, now) !== null,
      recoveryLeft: this.#factors.recoveryLeft(subject),
    }
  }

  /** Begins to set one up. Whoever has one shows it first, and keeps it until the new one is proved. */
  async enrol(subject: string, code: string | null): Promise<Result<{ secret: string; uri: string }, Failure>> {
    const said = code === null ? null : await this.hear(subject, code, Date.now())
    const id = crypto.randomUUID()
    const secret = newSecret()
    const sealed = await this.#seal.seal(nameOf(subject, id), toBase64Url(secret))
    return this.#storage.transactionSync(() => {
      const now = Date.now()
      if (this.isOn(subject)) {
        if (!said) return fail({ kind: 'mfa_on' })
        const way = this.consumeCode(subject, said, now)
        if (!way.ok) return way
      }
      this.#factors.propose(subject, { id, sealed, madeAt: now, lastStep: 0 })
      return ok({ secret: toBase32(secret), uri: otpauthUri(secret, this.#tenant(), subject) })
    })
  }

  /** Puts in force what was set up, with new recovery codes; or shows what is in force. `shown` is part of it. */
  async verify<T>(
    subject: string,
    code: string,
    shown: (way: MfaMethod) => T,
  ): Promise<Result<{ amr: T; recovery: readonly string[] | null }, Failure>> {
    const said = await this.hear(subject, code, Date.now())
    const fresh = await this.#freshCodes(subject)
    return this.#storage.transactionSync(() => {
      const now = Date.now()
      if (!this.#pending(subject, now) && !this.isOn(subject)) return fail({ kind: 'mfa_off' })
      const proved = this.#verifyCode(subject, said, now)
      if (proved) this.#factors.setRecovery(subject, fresh.hashes)
      const way: Result<MfaMethod, Failure> = proved ? ok('otp') : this.consumeCode(subject, said, now)
      return way.ok ? ok({ amr: shown(way.value), recovery: proved ? fresh.codes : null }) : way
    })
  }

  async renewRecovery(subject: string, code: string): Promise<Result<readonly string[], Failure>> {
    const fresh = await this.#freshCodes(subject)
    return this.#showing(subject, code, () => {
      this.#factors.setRecovery(subject, fresh.hashes)
      return fresh.codes
    })
  }

  disable(subject: string, code: string, off: () => void): Promise<Result<null, Failure>> {
    return this.#showing(subject, code, () => {
      this.#factors.remove(subject)
      off()
      return null
    })
  }

  /** Does `then` if `code` is right, and nothing otherwise. */
  async #showing<T>(subject: string, code: string, then: () => T): Promise<Result<T, Failure>> {
    const said = await this.hear(subject, code, Date.now())
    return this.#storage.transactionSync(() => {
      if (!this.isOn(subject)) return fail({ kind: 'mfa_off' })
      const way = this.consumeCode(subject, said, Date.now())
      return way.ok ? ok(then()) : way
    })
  }

  async #freshCodes(subject: string): Promise<{ codes: readonly string[]; hashes: readonly string[] }> {
    const codes = Array.from({ length: recoveryCodes }, newRecoveryCode)
    const hashes = codes.map((code) => recoveryHash(this.#tenant(), subject, parseRecoveryCode(code) ?? ''))
    return { codes, hashes: await Promise.all(hashes) }
  }

  /** Everything about `text` that takes time. */
  async hear(subject: string, text: string, now: number): Promise<SubmittedCode> {
    const code = parseCode(text)
    if (code !== null) {
      const factors = [['pending', this.#pending(subject, now)] as const, ['on', this.#factors.get(subject, 'on')] as const]
      const codes = factors.map(async ([state, factor]) =>
        factor ? [{ state, id: factor.id, codes: await codesAt(await this.#secretOf(subject, factor), now) }] : [],
      )
      return { text: code, codes: (await Promise.all(codes)).flat(), recoveryHash: null }
    }
    const recovery = parseRecoveryCode(text)
    return { text: '', codes: [], recoveryHash: recovery === null ? null : await recoveryHash(this.#tenant(), subject, recovery) }
  }

  /** Judges a code of what is in force, and uses it up. Within the caller's transaction. */
  consumeCode(subject: string, said: SubmittedCode, now: number): Result<MfaMethod, Failure> {
    const guesses = this.#factors.guesses(subject)
    const wait = retryAfterMs(guesses, now)
    if (wait > 0) return fail({ kind: 'guessed_too_often', retryMs: wait })
    const way = this.#matchCode(subject, said, 'on') ?? this.#matchRecoveryCode(subject, said)
    if (way) {
      this.#factors.setGuesses(subject, noLockout)
      return ok(way)
    }
    const after = recordFailure(guesses, now)
    this.#factors.setGuesses(subject, after)
    return fail({ kind: 'wrong_code', retryMs: retryAfterMs(after, now) })
  }

  /** Whether this is a code of what was set up, and nobody has to wait: then that is in force. */
  #verifyCode(subject: string, said: SubmittedCode, now: number): boolean {
    const right =
      retryAfterMs(this.#factors.guesses(subject), now) === 0 && this.#pending(subject, now) && this.#matchCode(subject, said, 'pending')
    if (!right) return false
    this.#factors.confirm(subject, now)
    this.#factors.setGuesses(subject, noLockout)
    return true
  }

  #matchCode(subject: string, { text, codes }: SubmittedCode, state: FactorState): 'otp' | null {
    const factor = this.#factors.get(subject, state)
    const known = codes.find((one) => one.state === state && one.id === factor?.id)
    const step = factor && known ? stepOf(known.codes, text, factor.lastStep) : null
    if (step === null) return null
    this.#factors.useStep(subject, state, step)
    return 'otp'
  }

  #matchRecoveryCode(subject: string, { recoveryHash: hash }: SubmittedCode): 'recovery' | null {
    return hash !== null && this.#factors.useRecovery(subject, hash) ? 'recovery' : null
  }

  #pending(subject: string, now: number): Factor | null {
    const factor = this.#factors.get(subject, 'pending')
    return factor && factor.madeAt + proveMs > now ? factor : null
  }

  async #secretOf(subject: string, { id, sealed }: Factor): Promise<Uint8Array<ArrayBuffer>> {
    const secret = fromBase64Url(await this.#seal.unseal(nameOf(subject, id), sealed))
    if (!secret) throw new Error('a secret of an authenticator is not base64url')
    return secret
  }
}

/** What a secret is bound to besides the tenant: a row that is copied to another user does not open. */
const nameOf = (subject: string, id: string): string => JSON.stringify(['totp', subject, id])
