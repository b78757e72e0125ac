/**
 * Validates the addresses that a model chooses: pages of the public internet, and never an address inside. Pure. Only the spelling is
 * judged here: `resolve-name.ts` and `network-check.ts` judge what a name resolves to.
 */
import { fail, ok, type Result } from '../result.ts'
import { allowsHost, allowsPort, deniesHost, portOf } from './host-pattern.ts'
import { hostOf, isLoopback, isPrivate } from './public-host.ts'

const maxUnits = 2_048
const webPorts = ['80', '443']

/** Which hosts the tools of a workspace may reach. */
export interface OutwardRules {
  /** Patterns of the only hosts. Empty: every public host, on the ports 80 and 443. */
  readonly allow: readonly string[]
  /** Patterns of hosts that are never reached. */
  readonly deny: readonly string[]
  /** Whether `allow` may name ports of this machine. In development only. */
  readonly loopback: boolean
}

/** `text` as an address that may be called, or the reason against it. Its fragment is removed. */
export function validateOutwardAddress(text: string, { allow, deny, loopback }: OutwardRules): Result<URL, string> {
  if (text.length > maxUnits) return fail(`The address may have at most ${maxUnits} characters.`)
  const url = URL.parse(text.trim())
  if (url === null || !/^https?:$/.test(url.protocol)) return fail('The address must begin with https:// or http://.')
  if (url.username !== '' || url.password !== '') return fail('The address must not hold a user or a password.')
  const host = hostOf(url)
  if (host === '' || url.hostname.includes('..')) return fail('The address must name a host.')
  url.hash = ''
  if (deniesHost(deny, url)) return fail(`This workspace denies ${host}: its setting \`web.deny\` names it.`)
  if (isLoopback(host)) return loopback && allowsPort(allow, url) ? ok(url) : fail(inward)
  if (isPrivate(host)) return fail(inward)
  if (!webPorts.includes(portOf(url)) && !allowsPort(allow, url)) return fail('The address must use the port 80 or 443.')
  if (allow.length > 0 && !allowsHost(allow, url))
    return fail(`This workspace does not allow ${host}: its setting \`web.allow\` does not name it.`)
  return ok(url)
}

/** The refusal of an address inside. */
export const inward = 'The address must be on the public internet, and not in a private or reserved network.'
