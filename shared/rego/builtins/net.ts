/** Builtins for IP addresses and networks: arithmetic only, no network access. `net.lookup_ip_addr` is refused. */
import { BuiltinFault, type Evaluation } from '../evaluation.ts'
import { entriesOf, isArray, isObj, RegoSet, type RegoValue } from '../value.ts'
import { asMembers, asString, type BuiltinFamily } from './operands.ts'

/** Fuel for reading one address, which is arithmetic on long integers. */
const parseFuel = 32

/** `bits` is 32 or 128. */
interface Address {
  readonly value: bigint
  readonly bits: number
}
interface Network {
  readonly first: bigint
  readonly prefix: number
  readonly bits: number
}

/** The longest text of an address: eight groups, the last two in decimals. */
const maxAddress = 64

function parseV4(text: string): bigint | null {
  if (text.length > maxAddress) return null
  const parts = text.split('.')
  if (parts.length !== 4) return null
  let value = 0n
  for (const part of parts) {
    // A leading zero is ambiguous: octal or decimal.
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return null
    value = (value << 8n) | BigInt(part)
  }
  return value
}

function parseV6(text: string): bigint | null {
  if (text.length > maxAddress) return null
  const halves = text.split('::')
  if (halves.length > 2) return null
  const parseGroups = (half: string | undefined): bigint[] | null => {
    if (half === undefined || half === '') return []
    const groups: bigint[] = []
    const parts = half.split(':')
    for (const [index, part] of parts.entries()) {
      const v4 = index === parts.length - 1 && part.includes('.') ? parseV4(part) : null
      if (v4 !== null) groups.push(v4 >> 16n, v4 & 0xffffn)
      else if (/^[\da-fA-F]{1,4}$/.test(part)) groups.push(BigInt(`0x${part}`))
      else return null
    }
    return groups
  }
  const head = parseGroups(halves[0])
  const tail = parseGroups(halves[1])
  if (!head || !tail) return null
  const missing = 8 - head.length - tail.length
  if (halves.length === 2 ? missing < 1 : missing !== 0) return null
  return [...head, ...new Array<bigint>(halves.length === 2 ? missing : 0).fill(0n), ...tail].reduce(
    (value, group) => (value << 16n) | group,
    0n,
  )
}

const mappedPrefix = 0xffffn << 32n

function parseAddress(text: string): Address | null {
  if (!text.includes(':')) {
    const value = parseV4(text)
    return value === null ? null : { value, bits: 32 }
  }
  const value = parseV6(text)
  if (value === null) return null
  // ::ffff:1.2.3.4 is 1.2.3.4.
  return value >> 32n === 0xffffn ? { value: value - mappedPrefix, bits: 32 } : { value, bits: 128 }
}

const hostMask = (bits: number, prefix: number): bigint => (1n << BigInt(bits - prefix)) - 1n

function parseNetwork(text: string): Network {
  const slash = text.indexOf('/')
  const address = text.slice(0, Math.max(slash, 0))
  const suffix = text.slice(slash + 1, slash + 5)
  const bits = address.includes(':') ? 128 : 32
  const value = slash <= 0 ? null : bits === 32 ? parseV4(address) : parseV6(address)
  const prefix = slash + 1 + suffix.length === text.length && /^(?:0|[1-9]\d{0,2})$/.test(suffix) ? Number(suffix) : Number.NaN
  if (value === null || !(prefix <= bits)) throw new BuiltinFault('invalid CIDR address')
  return { first: value & ~hostMask(bits, prefix), prefix, bits }
}

const lastAddress = ({ first, prefix, bits }: Network): bigint => first | hostMask(bits, prefix)

const containsRange = (outer: Network, first: bigint, end: bigint, bits: number): boolean =>
  outer.bits === bits && first >= outer.first && end <= lastAddress(outer)

function contains(outer: string, inner: string): boolean {
  const network = parseNetwork(outer)
  const address = parseAddress(inner)
  if (address) return containsRange(network, address.value, address.value, address.bits)
  const innerNetwork = parseNetwork(inner)
  return containsRange(network, innerNetwork.first, lastAddress(innerNetwork), innerNetwork.bits)
}

function formatAddress({ value, bits }: Address): string {
  if (bits === 32) return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 255n).join('.')
  const groups = Array.from({ length: 8 }, (_, index) => ((value >> BigInt(112 - index * 16)) & 0xffffn).toString(16))
  // `::` replaces the longest run of two or more zero groups; of equal runs, the first.
  let best = { from: -1, length: 1 }
  for (let from = 0; from < 8; from++) {
    let length = 0
    while (groups[from + length] === '0') length++
    if (length > best.length) best = { from, length }
  }
  if (best.from < 0) return groups.join(':')
  return `${groups.slice(0, best.from).join(':')}::${groups.slice(best.from + best.length).join(':')}`
}

const formatNetwork = ({ first, prefix, bits }: Network): string => `${formatAddress({ value: first, bits })}/${prefix}`

/** The smallest set of networks that covers a range. */
function cover(first: bigint, end: bigint, bits: number): Network[] {
  const networks: Network[] = []
  for (let address = first; address <= end; ) {
    let prefix = bits
    while (prefix > 0 && (address & hostMask(bits, prefix - 1)) === 0n && (address | hostMask(bits, prefix - 1)) <= end) prefix--
    networks.push({ first: address, prefix, bits })
    address = (address | hostMask(bits, prefix)) + 1n
  }
  return networks
}

function merge(run: Evaluation, members: readonly RegoValue[]): RegoValue {
  const networks = members.map((member): Network => {
    const text = asString(member)
    run.spend(parseFuel + (text.length >> 4))
    const address = parseAddress(text)
    if (!address) return parseNetwork(text)
    if (address.bits === 128) throw new BuiltinFault('IPv6 invalid: needs prefix length')
    // An address without a prefix length gets that of its class (RFC 791).
    const firstByte = Number(address.value >> 24n)
    const prefix = firstByte < 128 ? 8 : firstByte < 192 ? 16 : 24
    return { first: address.value & ~hostMask(32, prefix), prefix, bits: 32 }
  })
  const result = new RegoSet()
  for (const bits of [32, 128]) {
    const ranges = networks
      .filter((network) => network.bits === bits)
      .map((network) => ({ first: network.first, end: lastAddress(network) }))
      .sort((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : 0))
    const mergedRanges: { first: bigint; end: bigint }[] = []
    for (const range of ranges) {
      const before = mergedRanges.at(-1)
      if (!before || range.first > before.end + 1n) mergedRanges.push({ ...range })
      else if (range.end > before.end) before.end = range.end
    }
    for (const { first, end } of mergedRanges)
      for (const network of cover(first, end, bits)) {
        run.spend(4 + (bits >> 1))
        result.add(formatNetwork(network))
      }
  }
  return result
}

/** The addresses or networks in an operand of `net.cidr_contains_matches`, each with its key in the answer. */
function candidates(run: Evaluation, value: RegoValue | undefined, operand: number): [string, RegoValue][] {
  const text = (member: RegoValue): string => {
    const address = isArray(member) ? member[0] : member
    if (typeof address !== 'string') throw new BuiltinFault(`operand ${operand}: element must be string or non-empty array`)
    run.spend(1 + (address.length >> 4))
    return address
  }
  if (typeof value === 'string') return [[value, value]]
  if (isArray(value)) return value.map((member, index) => [text(member), index])
  if (value instanceof RegoSet) return value.sorted().map((member) => [text(member), member])
  return isObj(value) ? Array.from(entriesOf(value), ([key, member]) => [text(member), key]) : []
}

function containsWithCost(run: Evaluation, outer: string, inner: string): boolean {
  run.spend(2 * parseFuel)
  return contains(outer, inner)
}

/** The builtins of this file by name. */
export const net: BuiltinFamily = {
  'net.cidr_contains': (run, outer, inner) => containsWithCost(run, asString(outer, 1), asString(inner, 2)),
  'net.cidr_overlap': (run, outer, inner) => containsWithCost(run, asString(outer, 1), asString(inner, 2)),
  'net.cidr_intersects': (run, a, b) => {
    run.spend(2 * parseFuel)
    const x = parseNetwork(asString(a, 1))
    const y = parseNetwork(asString(b, 2))
    return x.bits === y.bits && x.first <= lastAddress(y) && y.first <= lastAddress(x)
  },
  'net.cidr_contains_matches': (run, outers, inners) => {
    const result = new RegoSet()
    const innerCandidates = candidates(run, inners, 2)
    for (const [outer, key] of candidates(run, outers, 1))
      for (const [inner, innerKey] of innerCandidates) {
        run.spend(2 * parseFuel)
        if (contains(outer, inner)) result.add([key, innerKey])
      }
    return result
  },
  'net.cidr_expand': (run, text) => {
    const network = parseNetwork(asString(text))
    const count = network.bits - network.prefix
    run.spend(network.bits * 2 ** Math.min(count, 30))
    const result = new RegoSet()
    for (let value = network.first; value <= lastAddress(network); value++) result.add(formatAddress({ value, bits: network.bits }))
    return result
  },
  'net.cidr_is_valid': (run, text) => {
    run.spend(parseFuel)
    try {
      return typeof text === 'string' && parseNetwork(text) !== null
    } catch (fault) {
      if (fault instanceof BuiltinFault) return false
      throw fault
    }
  },
  'net.cidr_merge': (run, members) => merge(run, asMembers(members)),
}
