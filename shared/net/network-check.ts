/**
 * Checks once per isolate that the runtime's network refuses private addresses. An address of a tenant or a model is a name, and only the
 * network knows what it resolves to. Cloudflare has no private network; a self-hosted workerd must allow only `public`.
 */
import { isolateLogger } from '../log.ts'

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

let checked: Promise<boolean> | undefined

/** Whether this isolate's network reaches private addresses. It is logged once. */
export function networkIsOpen(): Promise<boolean> {
  checked ??= requestPrivateAddress().then((outcome) => {
    const result = isOpen(outcome)
    if (result) isolateLogger().write('network.open')
    return result
  })
  return checked
}
