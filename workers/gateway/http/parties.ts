/**
 * Other Workers of this deployment that a route calls. A failed call becomes `PartyUnavailable`: the client gets 503 with the party's name,
 * and the log has the cause. Refusals are return values, so they pass unchanged.
 */
import { PartyUnavailable } from '../../../shared/faults.ts'
import type { GatewayContext } from './context.ts'

/** When a request may succeed again after a failed call. Milliseconds. */
const retryMs = 5_000

export const vault = (c: GatewayContext) => party(c.env.VAULT, 'The vault')
export const modelAdmin = (c: GatewayContext) => party(c.env.MODEL_DESK, 'The conversation Worker')
export const background = (c: GatewayContext) => party(c.env.BACKGROUND, 'The background Worker')

type Method = (...args: unknown[]) => Promise<unknown>

/** `binding` with methods that throw `PartyUnavailable`. A binding has no fields, only methods. */
function party<T extends object>(binding: T, name: string): T {
  return new Proxy(binding, {
    get:
      (target, method) =>
      (...args: unknown[]) =>
        // Called on the binding: a method that is taken off it loses its target.
        unlessAway(name, async () => (target as Record<PropertyKey, Method>)[method]?.(...args)),
  })
}

/** The result of `call`. If it fails, throws `PartyUnavailable` for the party `name`. */
export async function unlessAway<T>(name: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (cause) {
    throw new PartyUnavailable(name, retryMs, cause)
  }
}
