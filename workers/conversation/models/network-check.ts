/**
 * Checks once per isolate that the runtime's network refuses private addresses. A tenant's endpoint is a name, and only the network
 * knows its address. Cloudflare has no private network; a self-hosted workerd must allow only `public`.
 */
import { ModelError } from '../../../shared/model/model.ts'
import { logger } from '../logger.ts'

/** This machine. Whether anything listens there does not matter. */
const privateAddress = 'http://127.0.0.1/'
const checkMs = 2_000

/** The result of a request to a private address. */
export type Outcome = { readonly response: Response } | { readonly error: unknown } | 'timed out'

/**
 * Whether the network let the request through. workerd marks the error of a refused connection as retryable. It marks that
 * of a forbidden address as not retryable. Cloudflare's own edge responds to a request to an address, and names itself.
 */
export function isOpen(outcome: Outcome): boolean {
  // On an open network, this machine responds at once.
  if (outcome === 'timed out') return false
  if ('response' in outcome) return outcome.response.headers.get('server') !== 'cloudflare'
  return typeof outcome.error === 'object' && outcome.error !== null && 'retryable' in outcome.error && outcome.error.retryable === true
}

async function requestPrivateAddress(): Promise<Outcome> {
  const signal = AbortSignal.timeout(checkMs)
  try {
    const response = await fetch(privateAddress, { signal, redirect: 'manual' })
    await response.body?.cancel()
    return { response }
  } catch (error) {
    return signal.aborted ? 'timed out' : { error }
  }
}

let isNetworkOpen: Promise<boolean> | undefined

/** Throws `ModelError` if the network is open. */
export async function requireClosedNetwork(): Promise<void> {
  isNetworkOpen ??= requestPrivateAddress().then((outcome) => {
    const result = isOpen(outcome)
    if (result) logger.write('network.open')
    return result
  })
  if (await isNetworkOpen)
    throw new ModelError(
      "Tenants' models cannot be called: the operator must close this network to private addresses (SOMA_NETWORK_CHECK).",
    )
}
