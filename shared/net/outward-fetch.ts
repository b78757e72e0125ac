/** Requests to addresses that a model or a workspace chose. Each hop is judged before it is requested. Web standards only. */
import { fail, ok, type Result } from '../result.ts'
import { networkIsOpen } from './network-check.ts'
import { type OutwardRules, validateOutwardAddress } from './outward-address.ts'
import { hostOf, isLoopback } from './public-host.ts'
import { requirePublicName } from './resolve-name.ts'

/** The most redirects of one request. */
const maxRedirects = 5
const redirectStatuses = [301, 302, 303, 307, 308]

/** What may be reached, and how names are checked. */
export interface OutwardNetwork {
  readonly rules: OutwardRules
  /** A resolver for DNS over HTTPS. Empty: names are judged by their spelling, and by the network. */
  readonly dnsUrl: string
  /** Whether the network must refuse private addresses. False only where loopback is allowed, or the operator says so. */
  readonly mustBeClosed: boolean
}

/** A response, with the address that sent it. */
export interface OutwardResponse {
  readonly url: URL
  readonly response: Response
}

const openNetwork =
  'Nothing outside can be called: the operator must close the network of soma-connectors to private addresses (SOMA_NETWORK_CHECK).'

/** Whether `text` may be requested now, with the address; else why not. */
export async function judgeOutward(text: string, network: OutwardNetwork): Promise<Result<URL, string>> {
  const url = validateOutwardAddress(text, network.rules)
  if (!url.ok) return url
  const host = hostOf(url.value)
  if (isLoopback(host)) return url
  if (network.dnsUrl !== '') {
    const named = await requirePublicName(host, network.dnsUrl, Date.now())
    if (!named.ok) return named
  }
  return network.mustBeClosed && (await networkIsOpen()) ? fail(openNetwork) : url
}

/** Gets `text`, and follows at most five redirects. Throws only the reason of `signal`, or the network's own error. */
export async function getOutward(
  text: string,
  headers: Readonly<Record<string, string>>,
  network: OutwardNetwork,
  signal: AbortSignal,
): Promise<Result<OutwardResponse, string>> {
  let address = text
  for (let hop = 0; hop <= maxRedirects; hop += 1) {
    const url = await judgeOutward(address, network)
    if (!url.ok) return hop === 0 ? url : fail(`The page redirects to an address that is refused. ${url.error}`)
    const response = await fetch(url.value, { headers, redirect: 'manual', signal })
    const location = response.headers.get('location')
    if (!redirectStatuses.includes(response.status) || location === null) return ok({ url: url.value, response })
    await response.body?.cancel()
    const next = URL.parse(location, url.value)
    if (next === null) return fail('The page redirects to something that is no address.')
    address = next.href
  }
  return fail(`The page redirects more than ${maxRedirects} times.`)
}
