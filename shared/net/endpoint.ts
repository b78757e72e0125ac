/**
 * Validates the addresses that the platform calls for a tenant: https on the public internet, and in development this machine. Pure.
 * A name must end in a public suffix, so names of private networks are refused without a list. Only the runtime's network checks what a
 * name resolves to: see "Self-hosting" in docs/runbook/models.md. Redirects are not followed.
 */

import { fail, ok, type Result } from '../result.ts'
import { baseAddress } from './base-address.ts'
import { hostOf, isLoopback, isPrivate } from './public-host.ts'

const maxUnits = 2_048

/** Ports of public endpoints, if the operator allows no others. */
export const defaultPorts: readonly number[] = [443, 8443]

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
  const host = hostOf(url)
  if (isLoopback(host)) {
    return loopback ? ok(url) : fail('The address must not be on this machine; that is for development only.')
  }
  if (url.protocol === 'http:') return fail('The address must begin with https://; http is for this machine in development only.')
  if (isPrivate(host)) return fail('The address must be on the public internet, and not in a private or reserved network.')
  const port = url.port === '' ? 443 : Number(url.port)
  if (!ports.includes(port)) return fail(`The address must use the port ${ports.join(' or ')} (SOMA_MODEL_PORTS).`)
  return ok(url)
}
