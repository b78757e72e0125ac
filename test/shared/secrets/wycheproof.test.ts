/** Wycheproof's JWS and JWK vectors, from the folder beside the project. Nothing that they call invalid is accepted. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { type Algorithm, KeySet, publicKeyAlgorithms } from '../../../shared/identity/key-set.ts'
import { verifyJws } from '../../../shared/identity/verify.ts'
import { describeWithData } from '../../support/conformance.ts'

interface Vector {
  readonly tcId: number
  readonly comment: string
  readonly jws: string | object
  readonly result: 'valid' | 'invalid' | 'acceptable'
}

interface Group {
  readonly comment: string
  readonly public?: object
  readonly private: object
  readonly tests: readonly Vector[]
}

const folder = join(import.meta.dirname, '../../../../shared/conformance/wycheproof')
const everyAlgorithm: readonly Algorithm[] = [...publicKeyAlgorithms, 'HS256', 'HS384', 'HS512']

const load = (name: string): Group[] => {
  const file = join(folder, name)
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).testGroups : []
}

/** The public half of a key, as a set. */
function keySetOf({ public: publicKey, private: privateKey }: Group): object {
  const input: object = publicKey ?? privateKey
  const keys = 'keys' in input && Array.isArray(input.keys) ? input.keys : [input]
  return { keys: keys.map((jwk) => (jwk.kty === 'oct' ? jwk : { ...jwk, d: undefined })) }
}

async function accepts(keys: object, jws: string | object): Promise<boolean> {
  const set = KeySet.parse(keys)
  if (!set.ok || typeof jws !== 'string') return false
  return (await verifyJws(jws, set.value, { algorithms: everyAlgorithm })).ok
}

/** Why a vector's result differs; null: no reason. */
function knownDifference(group: Group, { jws, result, comment }: Vector, keys: object): string | null {
  const text = typeof jws === 'string' ? jws : ''
  if (result === 'invalid') {
    const isContradicted = group.tests.some((other) => other.result === 'valid' && other.jws === jws)
    return isContradicted ? 'the same text and key are called valid elsewhere in the group' : null
  }
  if (JSON.stringify(keys).includes('"ES521"')) return 'the key says ES521, which is no algorithm (RFC 7518 §3.4 has ES512)'
  if (text.includes('..')) return 'an empty payload, which no token has'
  if (text.includes('?')) return 'a character outside base64url, which RFC 7515 §2 does not allow'
  return comment === 'Figure20' ? 'a PS384 signature, but the key says PS256' : null
}

describeWithData("Wycheproof's vectors", 'wycheproof', () => {
  for (const name of ['json_web_signature_test.json', 'json_web_key_test.json']) {
    it(`in ${name}: nothing invalid is accepted, nothing valid refused without a reason`, async () => {
      const tally = { valid: 0, invalid: 0, deviations: new Map<string, number>() }
      const wrong: string[] = []
      for (const group of load(name)) {
        const keys = keySetOf(group)
        for (const vector of group.tests) {
          const accepted = await accepts(keys, vector.jws)
          if (accepted && vector.result !== 'invalid') tally.valid += 1
          else if (!accepted && vector.result === 'invalid') tally.invalid += 1
          else {
            const reason = knownDifference(group, vector, keys)
            if (reason) tally.deviations.set(reason, (tally.deviations.get(reason) ?? 0) + 1)
            else wrong.push(`${group.comment} ${vector.tcId} ${vector.comment}: ${vector.result}, but ${accepted ? 'accepted' : 'refused'}`)
          }
        }
      }
      const otherCounts = [...tally.deviations].map(([reason, count]) => `\n  ${count} otherwise: ${reason}`).join('')
      console.log(
        `wycheproof ${name}: ${tally.valid} valid accepted, ${tally.invalid} invalid refused, ${wrong.length} wrong${otherCounts}`,
      )
      expect(wrong).toEqual([])
    })
  }
})
