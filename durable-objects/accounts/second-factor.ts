/**
 * Second factors: enrolment and verification of codes. Expected codes are computed first, because that is asynchronous.
 * Matching a code and its consequences are one synchronous step, so concurrent guesses are counted one by one.
 */
import { noLockout, recordFailure, retryAfterMs } from '../../shared/identity/lockout.ts'
import { newRecoveryCode, parseRecoveryCode, recoveryCodeCount, recoveryHash } from '../../shared/identity/recovery.ts'
import { codesAt, newSecret, otpauthUri, parseCode, type StepCode, stepOf, toBase32 } from '../../shared/identity/totp.ts'
import type { TenantId } from '../../shared/ids.ts'
import { fromBase64Url, toBase64Url } from '../../shared/lib/base64.ts'
import type { Failure } from '../../shared/problem.ts'
import { fail, ok, type Result } from '../../shared/result.ts'
import type { SecretSealer } from '../issuer/secret-sealer.ts'
import type { Factor, FactorState, Factors } from './factors.ts'

/** How long a pending authenticator can be confirmed. Milliseconds. */
const pendingMs = 900_000

/** The kind of code that was used. */
export type MfaMethod = 'otp' | 'recovery'

/** The state of a user's own second factor. Times in Unix ms. */
export interface MfaState {
  /** Null: none is active. */
  readonly since: number | null
  readonly pending: boolean
  readonly recoveryLeft: number
}

/** A submitted code, ready to be matched. */
export interface SubmittedCode {
  readonly text: string
  /** The expected codes of each factor that existed at submission. */
  readonly expected: readonly { readonly state: FactorState; readonly id: string; readonly codes: readonly StepCode[] }[]
  readonly recoveryHash: string | null
}

export class SecondFactor {
  readonly #factors: Factors
  readonly #storage: Pick<DurableObjectStorage, 'transactionSync'>
  readonly #sealer: SecretSealer
  readonly #tenant: () => TenantId

  constructor(factors: Factors, storage: Pick<DurableObjectStorage, 'transactionSync'>, sealer: SecretSealer, tenant: () => TenantId) {
    this.#factors = factors
    this.#storage = storage
    this.#sealer = sealer
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

  /** Starts the setup of an authenticator. A user with an active one must submit a code, and keeps it until the new one is confirmed. */
  async enrol(subject: string, code: string | null): Promise<Result<{ secret: string; uri: string }, Failure>> {
    const submitted = code === null ? null : await this.prepareCode(subject, code, Date.now())
    const id = crypto.randomUUID()
    const secret = newSecret()
    const sealed = await this.#sealer.seal(secretName(subject, id), toBase64Url(secret))
    return this.#storage.transactionSync(() => {
      const now = Date.now()
      if (this.isOn(subject)) {
        if (!submitted) return fail({ kind: 'mfa_on' })
        const method = this.consumeCode(subject, submitted, now)
        if (!method.ok) return method
      }
      this.#factors.setPending(subject, { id, sealed, madeAt: now, lastStep: 0 })
      return ok({ secret: toBase32(secret), uri: otpauthUri(secret, this.#tenant(), subject) })
    })
  }

  /**
   * Confirms the pending authenticator and creates recovery codes, or checks a code of the active one. Runs `onVerified` in the
   * transaction.
   */
  async verify<T>(
    subject: string,
    code: string,
    onVerified: (method: MfaMethod) => T,
  ): Promise<Result<{ amr: T; recovery: readonly string[] | null }, Failure>> {
    const submitted = await this.prepareCode(subject, code, Date.now())
    const recovery = await this.#newRecoveryCodes(subject)
    return this.#storage.transactionSync(() => {
      const now = Date.now()
      if (!this.#pending(subject, now) && !this.isOn(subject)) return fail({ kind: 'mfa_off' })
      const isConfirmed = this.#confirmPending(subject, submitted, now)
      if (isConfirmed) this.#factors.setRecovery(subject, recovery.hashes)
      const method: Result<MfaMethod, Failure> = isConfirmed ? ok('otp') : this.consumeCode(subject, submitted, now)
      return method.ok ? ok({ amr: onVerified(method.value), recovery: isConfirmed ? recovery.codes : null }) : method
    })
  }

  async renewRecovery(subject: string, code: string): Promise<Result<readonly string[], Failure>> {
    const recovery = await this.#newRecoveryCodes(subject)
    return this.#withCode(subject, code, () => {
      this.#factors.setRecovery(subject, recovery.hashes)
      return recovery.codes
    })
  }

  disable(subject: string, code: string, onDisabled: () => void): Promise<Result<null, Failure>> {
    return this.#withCode(subject, code, () => {
      this.#factors.remove(subject)
      onDisabled()
      return null
    })
  }

  /** Runs `change` in the transaction that consumes `code`. Does nothing if the code is wrong. */
  async #withCode<T>(subject: string, code: string, change: () => T): Promise<Result<T, Failure>> {
    const submitted = await this.prepareCode(subject, code, Date.now())
    return this.#storage.transactionSync(() => {
      if (!this.isOn(subject)) return fail({ kind: 'mfa_off' })
      const method = this.consumeCode(subject, submitted, Date.now())
      return method.ok ? ok(change()) : method
    })
  }

  async #newRecoveryCodes(subject: string): Promise<{ codes: readonly string[]; hashes: readonly string[] }> {
    const codes = Array.from({ length: recoveryCodeCount }, newRecoveryCode)
    const hashes = codes.map((code) => recoveryHash(this.#tenant(), subject, parseRecoveryCode(code) ?? ''))
    return { codes, hashes: await Promise.all(hashes) }
  }

  /** The asynchronous part of a verification: computes the expected codes for `text`. */
  async prepareCode(subject: string, text: string, now: number): Promise<SubmittedCode> {
    const code = parseCode(text)
    if (code !== null) {
      const factors = [['pending', this.#pending(subject, now)] as const, ['on', this.#factors.get(subject, 'on')] as const]
      const codes = factors.map(async ([state, factor]) =>
        factor ? [{ state, id: factor.id, codes: await codesAt(await this.#secretOf(subject, factor), now) }] : [],
      )
      return { text: code, expected: (await Promise.all(codes)).flat(), recoveryHash: null }
    }
    const recovery = parseRecoveryCode(text)
    return { text: '', expected: [], recoveryHash: recovery === null ? null : await recoveryHash(this.#tenant(), subject, recovery) }
  }

  /** Matches a code of the active factor and uses it up. Call inside a transaction. Fails with `wrong_code` or `guessed_too_often`. */
  consumeCode(subject: string, submitted: SubmittedCode, now: number): Result<MfaMethod, Failure> {
    const lockout = this.#factors.lockout(subject)
    const waitMs = retryAfterMs(lockout, now)
    if (waitMs > 0) return fail({ kind: 'guessed_too_often', retryMs: waitMs })
    const method = this.#matchCode(subject, submitted, 'on') ?? this.#matchRecoveryCode(subject, submitted)
    if (method) {
      this.#factors.setLockout(subject, noLockout)
      return ok(method)
    }
    const nextLockout = recordFailure(lockout, now)
    this.#factors.setLockout(subject, nextLockout)
    return fail({ kind: 'wrong_code', retryMs: retryAfterMs(nextLockout, now) })
  }

  /** Activates the pending factor, if the code matches and the user is not locked out. */
  #confirmPending(subject: string, submitted: SubmittedCode, now: number): boolean {
    const isMatch =
      retryAfterMs(this.#factors.lockout(subject), now) === 0 &&
      this.#pending(subject, now) &&
      this.#matchCode(subject, submitted, 'pending')
    if (!isMatch) return false
    this.#factors.confirm(subject, now)
    this.#factors.setLockout(subject, noLockout)
    return true
  }

  #matchCode(subject: string, { text, expected }: SubmittedCode, state: FactorState): 'otp' | null {
    const factor = this.#factors.get(subject, state)
    const match = expected.find((candidate) => candidate.state === state && candidate.id === factor?.id)
    const step = factor && match ? stepOf(match.codes, text, factor.lastStep) : null
    if (step === null) return null
    this.#factors.useStep(subject, state, step)
    return 'otp'
  }

  #matchRecoveryCode(subject: string, { recoveryHash: hash }: SubmittedCode): 'recovery' | null {
    return hash !== null && this.#factors.useRecovery(subject, hash) ? 'recovery' : null
  }

  #pending(subject: string, now: number): Factor | null {
    const factor = this.#factors.get(subject, 'pending')
    return factor && factor.madeAt + pendingMs > now ? factor : null
  }

  async #secretOf(subject: string, { id, sealed }: Factor): Promise<Uint8Array<ArrayBuffer>> {
    const secret = fromBase64Url(await this.#sealer.unseal(secretName(subject, id), sealed))
    if (!secret) throw new Error('the secret of an authenticator is not base64url')
    return secret
  }
}

/** The name that a secret is bound to. A row that is copied to another user cannot be unsealed. */
const secretName = (subject: string, id: string): string => JSON.stringify(['totp', subject, id])
