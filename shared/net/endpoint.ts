/**
 * Validates the addresses that the platform calls for a tenant: https on the public internet, and in development this machine. Pure.
 * A name must end in a public suffix, so names of private networks are refused without a list. Only the runtime's network checks what a
 * name resolves to: see "Self-hosting" in docs/runbook/models.md. Redirects are not followed.
 */

import { parse } from 'tldts'
import { fail, ok, type Result } from '../result.ts'
import { baseAddress } from './base-address.ts'

const maxUnits = 2_048

/** Ports of public endpoints, if the operator allows no others. */
export const defaultPorts: readonly number[] = [443, 8443]

/** Public suffixes with names that often resolve inside a private network: home routers, and zones without internet hosts. */
const privateSuffixes = ['box', 'arpa', 'onion']

/** The rules for an address. */
export interface EndpointRules {
  /** Whether this machine is allowed, on any port and without TLS. In development only. */
  readonly loopback: boolean
  /** The ports that are allowed on the public internet. Default: `defaultPorts`. */
  readonly ports?: readonly number[]
}

/** `text` as an address that may be called, or the reason against it. */
export function validateEndpoint(text: string, { loopback, ports = defaultPorts }: EndpointRules): Result<URL, string> {
  if (text.length > maxUnits) return fail(`The address may have at most ${maxUnits} characters.`)
  const url = URL.parse(baseAddress(text))
  if (url === null || !/^https?:$/.test(url.protocol)) return fail('The address must begin with https://.')
  if (url.username !== '' || url.password !== '') return fail('The address must not hold a user or a password; set a key instead.')
  if (url.search !== '' || url.hash !== '') return fail('The address must have no query and no fragment.')
  if (url.hostname.includes('..')) return fail('The address must name a host.')
  const host = url.hostname.replace(/\.$/, '').toLowerCase()
  if (isLoopback(host)) {
    return loopback ? ok(url) : fail('The address must not be on this machine; that is for development only.')
  }
  if (url.protocol === 'http:') return fail('The address must begin with https://; http is for this machine in development only.')
  if (isPrivate(host)) return fail('The address must be on the public internet, and not in a private or reserved network.')
  const port = url.port === '' ? 443 : Number(url.port)
  if (!ports.includes(port)) return fail(`The address must use the port ${ports.join(' or ')} (SOMA_MODEL_PORTS).`)
  return ok(url)
}

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host.endsWith('.localhost') || /^127\.\d+\.\d+\.\d+$/.test(host) || host === '[::1]'

function isPrivate(host: string): boolean {
  if (host.startsWith('[')) return !isGlobalV6(host.slice(1, -1))
  const bytes = parseV4(host)
  if (bytes) return !isPublicV4(bytes)
  // URL parsers turn every spelling of an IPv4 address (decimal, octal, hex) into dotted numbers. The rest is a name.
  const { domain, isIcann } = parse(host)
  return domain === null || isIcann !== true || privateSuffixes.some((suffix) => host.endsWith(`.${suffix}`))
}

type V4 = readonly [number, number, number, number]

function parseV4(host: string): V4 | null {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(host)
  return parts ? [Number(parts[1]), Number(parts[2]), Number(parts[3]), Number(parts[4])] : null
}

/** Not public: IANA's special-purpose registry (RFC 6890). */
function isPublicV4([a, b, c]: V4): boolean {
  if (a === 0 || a === 10 || a === 127 || a >= 224) return false
  if (a === 100 && b >= 64 && b <= 127) return false
  if (a === 169 && b === 254) return false
  if (a === 172 && b >= 16 && b <= 31) return false
  if (a === 192 && (b === 168 || (b === 0 && (c === 0 || c === 2)) || (b === 88 && c === 99))) return false
  // Nodes that answer for many networks: AS112 (RFC 7534, RFC 7535) and AMT (RFC 7450).
  if (a === 192 && ((b === 175 && c === 48) || (b === 31 && c === 196) || (b === 52 && c === 193))) return false
  if (a === 198 && (b === 18 || b === 19 || (b === 51 && c === 100))) return false
  return !(a === 203 && b === 0 && c === 113)
}

/** Public IPv6 is 2000::/3, except ranges that wrap an IPv4 address or serve documentation. `host` is in the form of URL parsers. */
function isGlobalV6(host: string): boolean {
  const first = Number.parseInt(host.split(':', 1)[0] || '0', 16)
  if (first < 0x2000 || first > 0x3fff) return false
  // 2001::/23 (Teredo, ORCHID …), documentation (2001:db8::/32, 3fff::/20), 6to4.
  if (first === 0x2002 || (first === 0x3fff && /^3fff:(0|[0-9a-f]{1,3})?:/.test(host))) return false
  // AS112 (RFC 7534).
  if (/^2620:4f:8000:/.test(host)) return false
  if (first !== 0x2001) return true
  const second = Number.parseInt(host.split(':')[1] || '0', 16)
  return second > 0x01ff && second !== 0x0db8
}
