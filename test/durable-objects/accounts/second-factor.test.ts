import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import type { Accounts } from '../../../durable-objects/accounts/accounts.ts'
import { Factors, factorTables } from '../../../durable-objects/accounts/factors.ts'
import { SecondFactor } from '../../../durable-objects/accounts/second-factor.ts'
import type { SecretSealer } from '../../../durable-objects/issuer/secret-sealer.ts'
import { TenantId } from '../../../shared/ids.ts'
import { codeOf, wrongCode } from '../../support/authenticator.ts'

const accounts = env.ACCOUNTS as unknown as DurableObjectNamespace<Accounts>
const pause = () => new Promise((done) => setTimeout(done, 1 + Math.random() * 5))

/** Unsealing takes a random time, so concurrent guesses interleave. */
const slowSealer = {
  seal: async (_: string, secret: string) => secret,
  unseal: async (_: string, sealed: string) => {
    await pause()
    return sealed
  },
} as unknown as SecretSealer

/** An active second factor, in its own object. */
const withFactor = <T>(name: string, use: (mfa: SecondFactor, secret: string, factors: Factors) => Promise<T>): Promise<T> =>
  runInDurableObject(accounts.getByName(name), async (_, { storage }) => {
    storage.sql.exec(factorTables)
    const factors = new Factors(storage.sql)
    const mfa = new SecondFactor(factors, storage, slowSealer, () => TenantId.parse('acme'))
    const enrolment = await mfa.enrol('ada', null)
    if (!enrolment.ok) throw new Error(enrolment.error.kind)
    const verified = await mfa.verify('ada', await codeOf(enrolment.value.secret), () => null)
    if (!verified.ok) throw new Error(verified.error.kind)
    return use(mfa, enrolment.value.secret, factors)
  })

describe('Concurrent guesses', () => {
  it('are counted one by one: only five are matched', async () => {
    const [kinds, lockout] = await withFactor('interleaved-wrong', async (mfa, secret, factors) => {
      const code = await wrongCode(secret)
      const answers = await Promise.all(Array.from({ length: 50 }, () => mfa.renewRecovery('ada', code)))
      return [answers.map((answer) => (answer.ok ? 'right' : answer.error.kind)), factors.lockout('ada')] as const
    })
    expect(kinds.filter((kind) => kind === 'wrong_code')).toHaveLength(5)
    expect(kinds.filter((kind) => kind === 'guessed_too_often')).toHaveLength(45)
    expect(lockout.wrong).toBe(5)
  })

  it('succeed once with the right code', async () => {
    const right = await withFactor('interleaved-right', async (mfa, secret) => {
      const code = await codeOf(secret, 1)
      const answers = await Promise.all(Array.from({ length: 5 }, () => mfa.renewRecovery('ada', code)))
      return answers.filter(({ ok }) => ok).length
    })
    expect(right).toBe(1)
  })

  it('fail if the factor was removed meanwhile', async () => {
    const [answer, state] = await withFactor('interleaved-replaced', async (mfa, secret, factors) => {
      const pending = mfa.renewRecovery('ada', await codeOf(secret, 1))
      factors.remove('ada')
      return [await pending, mfa.state('ada', Date.now())] as const
    })
    expect(answer).toEqual({ ok: false, error: { kind: 'mfa_off' } })
    expect(state).toEqual({ since: null, pending: false, recoveryLeft: 0 })
  })
})
