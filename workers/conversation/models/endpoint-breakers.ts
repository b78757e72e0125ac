/**
 * The circuit breakers of this isolate: one for each endpoint of a tenant, so no tenant's failures concern another. Failures that a retry
 * may cure count, except those of a busy provider. A provider that refuses a request is alive. A silent provider ends by the turn's
 * timeouts, which count as nothing.
 */
import { BoundedMap } from '../../../shared/lib/bounded-map.ts'
import { Breaker, type BreakerView, breakerFailures } from '../../../shared/model/breaker.ts'
import { type Model, ModelError } from '../../../shared/model/model.ts'

/** An endpoint of a tenant. */
export interface TenantEndpoint {
  readonly tenant: string
  readonly baseUrl: string
}

/** The most breakers of an isolate. A forgotten one is closed. */
const maxBreakers = 2_000
const breakers = new BoundedMap<string, Breaker>(maxBreakers)

const keyOf = ({ tenant, baseUrl }: TenantEndpoint): string => `${tenant} ${baseUrl}`

/** `model`, which is not called while the breaker of its endpoint is open. `name`: of the profile, for the error. */
export function withBreaker(model: Model, name: string, endpoint: TenantEndpoint): Model {
  return {
    async *answer(request, signal) {
      const breaker = breakers.get(keyOf(endpoint)) ?? new Breaker()
      breakers.set(keyOf(endpoint), breaker)
      const waitMs = breaker.enter(Date.now())
      if (waitMs !== null)
        throw new ModelError(
          `The endpoint of \`${name}\` failed ${breakerFailures} times in a row and is not called for ${Math.ceil(waitMs / 1_000)} s.`,
          { afterMs: waitMs },
        )
      let hasResult = false
      try {
        yield* model.answer(request, signal)
        hasResult = true
        breaker.succeeded()
      } catch (error) {
        hasResult = !signal.aborted
        if (hasResult && error instanceof ModelError && error.retry !== undefined && !error.busy) breaker.failed(Date.now())
        else if (hasResult) breaker.succeeded()
        throw error
      } finally {
        if (!hasResult) breaker.released(Date.now())
      }
    },
  }
}

/** The state of the breaker of an endpoint. */
export const breakerView = (endpoint: TenantEndpoint): BreakerView => (breakers.get(keyOf(endpoint)) ?? new Breaker()).view(Date.now())

/** Closes the breaker of an endpoint. */
export const closeBreaker = (endpoint: TenantEndpoint): void => breakers.get(keyOf(endpoint))?.succeeded()

/** The number of breakers that are not closed. */
export function openBreakers(): number {
  const now = Date.now()
  return [...breakers.values()].filter((breaker) => breaker.view(now).state !== 'closed').length
}
