/** Builtins for digests, UUIDs and semantic versions. */

import { hmac } from '@noble/hashes/hmac.js'
import { md5, sha1 } from '@noble/hashes/legacy.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { toHex } from '../../lib/hex.ts'
import { BuiltinFault, type Evaluation } from '../evaluation.ts'
import { digitsEnd, fromInteger } from '../number.ts'
import { Dict, type RegoValue } from '../value.ts'
import { asString, type BuiltinFamily } from './operands.ts'

const utf8 = new TextEncoder()

/** The text as UTF-8. Spends fuel: hashing a block of 64 bytes costs some hundred steps. */
const bytesOf = (run: Evaluation, text: string): Uint8Array => {
  run.spend(64 + text.length)
  return utf8.encode(text)
}

type Hash = typeof md5 | typeof sha1 | typeof sha256
const digest = (hash: Hash) => (run: Evaluation, text?: RegoValue) => toHex(hash(bytesOf(run, asString(text))))
const hmacDigest = (hash: Hash) => (run: Evaluation, text?: RegoValue, key?: RegoValue) =>
  toHex(hmac(hash, bytesOf(run, asString(key, 2)), bytesOf(run, asString(text, 1))))

/** A Semantic Version 2.0.0, sections 9 to 11. */
interface Version {
  readonly core: readonly string[]
  readonly prerelease: readonly string[]
}

const isNumeric = (text: string): boolean => text !== '' && digitsEnd(text, 0) === text.length
const hasLeadingZero = (text: string): boolean => text.length > 1 && text[0] === '0' && isNumeric(text)
const isIdentifier = (text: string): boolean => /^[\dA-Za-z-]+$/.test(text)

/** Null: not a Semantic Version. A `v` before it is accepted. */
function splitVersion(text: string): Version | null {
  const versionText = text.startsWith('v') ? text.slice(1) : text
  const plus = versionText.indexOf('+')
  if (
    plus >= 0 &&
    !versionText
      .slice(plus + 1)
      .split('.')
      .every(isIdentifier)
  )
    return null
  const withoutBuild = plus < 0 ? versionText : versionText.slice(0, plus)
  const hyphen = withoutBuild.indexOf('-')
  const prerelease = hyphen < 0 ? [] : withoutBuild.slice(hyphen + 1).split('.')
  if (!prerelease.every((part) => isIdentifier(part) && !hasLeadingZero(part))) return null
  const core = (hyphen < 0 ? withoutBuild : withoutBuild.slice(0, hyphen)).split('.')
  return core.length === 3 && core.every((part) => isNumeric(part) && !hasLeadingZero(part)) ? { core, prerelease } : null
}

function parseVersion(text: string, operand: number): { core: readonly bigint[]; prerelease: readonly string[] } {
  const version = text.length <= 256 ? splitVersion(text) : null
  if (!version) throw new BuiltinFault(`operand ${operand}: string is not a valid SemVer`)
  return { core: version.core.map(BigInt), prerelease: version.prerelease }
}

function compareVersions(a: string, b: string): number {
  const left = parseVersion(a, 1)
  const right = parseVersion(b, 2)
  for (const [index, part] of left.core.entries()) {
    const other = right.core[index] as bigint
    if (part !== other) return part < other ? -1 : 1
  }
  // A version without pre-release is later than one with it.
  if (left.prerelease.length === 0 || right.prerelease.length === 0) return Math.sign(right.prerelease.length - left.prerelease.length)
  for (let index = 0; index < left.prerelease.length && index < right.prerelease.length; index++) {
    const x = left.prerelease[index] as string
    const y = right.prerelease[index] as string
    if (x === y) continue
    const areNumeric = [isNumeric(x), isNumeric(y)]
    if (areNumeric[0] && areNumeric[1]) return BigInt(x) < BigInt(y) ? -1 : 1
    if (areNumeric[0] !== areNumeric[1]) return areNumeric[0] ? -1 : 1
    return x < y ? -1 : 1
  }
  return Math.sign(left.prerelease.length - right.prerelease.length)
}

/**
 * Four spellings of a UUID: plain, with `urn:uuid:`, with one character around it (such as braces), or without hyphens. The caller limits
 * the text to 64 UTF-16 units.
 */
const uuidPattern =
  /^(?:(?:urn:uuid:)?(?=.{36}$)|.(?=.{36}.$)|(?=\w{32}$))([\da-f]{8})-?([\da-f]{4})-?([\da-f]{4})-?([\da-f]{4})-?([\da-f]{12}).?$/is

/** The fields of a UUID (RFC 4122): version and variant; time, clock and node where they exist. */
function parseUuid(text: string): RegoValue | undefined {
  const match = text.length <= 64 ? uuidPattern.exec(text) : null
  if (!match) return undefined
  const [low, mid, high, sequence, node] = match.slice(1).map((part) => BigInt(`0x${part}`)) as [bigint, bigint, bigint, bigint, bigint]
  const result = new Dict()
  const version = Number(high >> 12n)
  result.set('version', version)
  const bits = Number(sequence >> 13n)
  result.set('variant', bits < 4 ? 'Reserved' : bits < 6 ? 'RFC4122' : bits === 6 ? 'Microsoft' : 'Future')
  if (version !== 1 && version !== 2) return result
  const bytes = node.toString(16).padStart(12, '0').match(/../g) ?? []
  result.set('nodeid', bytes.join('-'))
  const first = Number.parseInt(bytes[0] ?? '0', 16)
  result.set('macvariables', `${first & 2 ? 'local' : 'global'}:${first & 1 ? 'multicast' : 'unicast'}`)
  result.set('clocksequence', Number(sequence & 0x3fffn))
  const ticks = ((high & 0xfffn) << 48n) | (mid << 32n) | low
  // 100 ns units since 15 October 1582.
  const ns = (ticks - 0x01b21dd213814000n) * 100n
  result.set('time', fromInteger(ns))
  if (version === 2) {
    result.set('id', Number(low))
    result.set('domain', ['Person', 'Group', 'Org'][Number(sequence & 0xffn)] ?? `Domain${sequence & 0xffn}`)
  }
  return result
}

/** The builtins of this file by name. */
export const crypto: BuiltinFamily = {
  'crypto.md5': digest(md5),
  'crypto.sha1': digest(sha1),
  'crypto.sha256': digest(sha256),
  'crypto.hmac.md5': hmacDigest(md5),
  'crypto.hmac.sha1': hmacDigest(sha1),
  'crypto.hmac.sha256': hmacDigest(sha256),
  'crypto.hmac.equal': (_, a, b) => {
    const x = asString(a, 1)
    const y = asString(b, 2)
    let differ = x.length ^ y.length
    for (let position = 0; position < x.length && position < y.length; position++) differ |= x.charCodeAt(position) ^ y.charCodeAt(position)
    return differ === 0
  },
  'semver.is_valid': (run, text) => {
    if (typeof text !== 'string') return false
    run.spend(text.length >> 2)
    return splitVersion(text) !== null
  },
  'semver.compare': (run, a, b) => {
    run.spend(64)
    return compareVersions(asString(a, 1), asString(b, 2))
  },
  'uuid.parse': (run, text) => {
    run.spend(32)
    return parseUuid(asString(text))
  },
  // The same key and clock give the same UUID. It is a name, not a secret.
  'uuid.rfc4122': (run, key) => {
    const bytes = sha256(bytesOf(run, `${run.nowNs}\0${asString(key)}`))
    bytes[6] = ((bytes[6] as number) & 0x0f) | 0x40
    bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80
    return toHex(bytes.subarray(0, 16)).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
  },
}
