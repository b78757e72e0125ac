/** Requests to a stranger's server, and to those that it names: each address is judged, no redirect is followed, all bytes are counted. */
import { boundedBody } from '../../../shared/lib/bounded-body.ts'
import { judgeOutward, type OutwardNetwork } from '../../../shared/net/outward-fetch.ts'
import { hostOf, isLoopback } from '../../../shared/net/public-host.ts'

/** All responses of one exchange, in bytes. */
const maxBytes = 4_000_000

/** The address of the server is refused, in words. */
export class AddressRefused extends Error {}

/** The server sends more than is read. */
export class TooLong extends Error {}

/** Fetch for one exchange. It ends with `signal`. `onRefused` gets each refusal of ours, before it is thrown. */
export function guardedFetch(network: OutwardNetwork, signal: AbortSignal, onRefused: (error: Error) => void) {
  const budget = { bytes: maxBytes, onSpent: () => onRefused(new TooLong('The server sends more than is read.')) }
  return async (input: string | URL, init?: RequestInit): Promise<Response> => {
    const judged = await judgeOutward(`${input}`, network)
    if (!judged.ok) {
      const error = new AddressRefused(judged.error)
      onRefused(error)
      throw error
    }
    const ended = init?.signal ? AbortSignal.any([signal, init.signal]) : signal
    return boundedBody(await fetch(judged.value, { ...init, redirect: 'manual', signal: ended }), budget)
  }
}

/** The network for addresses that the server at `url` names. Ports of this machine are named by servers of this machine alone. */
export function networkOfNamed(url: URL, { rules, ...network }: OutwardNetwork, named: URL): OutwardNetwork {
  const loopback = rules.loopback && isLoopback(hostOf(url))
  return { ...network, rules: { allow: [named.host], deny: rules.deny, loopback }, mustBeClosed: network.mustBeClosed }
}
