/**
 * Which hosts are on the public internet, by their spelling. Pure. `host` is in the form of URL parsers: they turn every spelling of an
 * IPv4 address (decimal, octal, hex, full-width digits) into dotted numbers. What a name resolves to is not seen here.
 */

import { parse } from 'tldts'

/** Public suffixes with names that often resolve inside a private network: home routers, and zones without internet hosts. */
const privateSuffixes = ['box', 'arpa', 'onion']

/** Services whose names resolve to an address of the caller's choice, or to this machine. */
const resolvingToAnything = new Set([
  '1u.ms',
  'fuf.me',
  'lacolhost.com',
  'localho.st',
  'localtest.me',
  'lvh.me',
  'nip.io',
  'rbndr.us',
  'sslip.io',
  'traefik.me',
  'vcap.me',
  'xip.io',
])

/** The host of `url` in lower case, without the dot of the DNS root. */
export const hostOf = (url: URL): string => url.hostname.replace(/\.+$/, '').toLowerCase()

/** Whether `host` names this machine. */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host.endsWith('.localhost') || /^127\.\d+\.\d+\.\d+$/.test(host) || host === '[::1]'

/** Whether `host` is or names an address of a private or reserved network, or is a name that no public DNS knows. */
export function isPrivate(host: string): boolean {
  if (host.startsWith('[')) return !isPublicAddress(host.slice(1, -1))
  if (parseV4(host)) return !isPublicAddress(host)
  const { domain, isIcann } = parse(host)
  if (domain === null || isIcann !== true || privateSuffixes.some((suffix) => host.endsWith(`.${suffix}`))) return true
  return resolvingToAnything.has(domain) || namesPrivateAddress(host)
}

/** Whether `text` is an IP address on the public internet. IPv6 without brackets. */
export function isPublicAddress(text: string): boolean {
  const bytes = parseV4(text)
  return bytes ? isPublicV4(bytes) : text.includes(':') && isGlobalV6(text.toLowerCase())
}

/** Names such as `10-0-0-1.example.com`, from zones that resolve each name to the address in it. */
function namesPrivateAddress(host: string): boolean {
  return [...host.matchAll(/(?<!\d)(?=(\d{1,3})([.-])(\d{1,3})\2(\d{1,3})\2(\d{1,3})(?!\d))/g)].some(([, a, , b, c, d]) => {
    const bytes = parseV4(`${a}.${b}.${c}.${d}`)
    return bytes !== null && !isPublicV4(bytes)
  })
}

type V4 = readonly [number, number, number, number]

function parseV4(host: string): V4 | null {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(host)
  const bytes = parts ? ([Number(parts[1]), Number(parts[2]), Number(parts[3]), Number(parts[4])] as const) : null
  return bytes?.every((byte) => byte <= 255) ? bytes : null
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
