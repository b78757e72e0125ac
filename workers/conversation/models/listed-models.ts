/** The models of a tenant, before the policy. */
import type { BreakerState } from '../../../shared/model/breaker.ts'
import { mayCall } from '../../../shared/settings/model-access.ts'
import type { Settings } from '../../../shared/settings/settings.ts'
import { modelChain } from '../../../shared/settings/settings-update.ts'
import { environmentModel } from './candidates.ts'
import { breakerView } from './endpoint-breakers.ts'

/** A model that may be called by its `id`. */
export interface ListedModel {
  readonly id: string
  /** The provider of its profile, or `environment`. */
  readonly owner: string
}

/** The state of the endpoint of each profile. */
export const endpointStates = (tenant: string, { models }: Settings) =>
  Object.entries(models).flatMap(([name, { provider, base_url }]) =>
    provider === 'builtin' || base_url === undefined ? [] : [{ name, ...breakerView({ tenant, baseUrl: base_url }) }],
  )

const scores: Readonly<Record<BreakerState, number>> = { closed: 1, half_open: 0.5, open: 0 }

/**
 * The best of `candidates`, among the models that the caller may use. Of equal ones, the first. Null: none is usable. A candidate is the id
 * of a model, or the name that its provider has.
 */
export function bestCandidate(
  tenant: string,
  { models }: Settings,
  usable: readonly string[],
  candidates: readonly string[],
): { readonly model: string; readonly score: number } | null {
  const scored = candidates.flatMap((candidate) => {
    const id = usable.find((name) => name === candidate) ?? usable.find((name) => models[name]?.model === candidate)
    if (id === undefined) return []
    const baseUrl = models[id]?.base_url
    return [{ model: candidate, score: baseUrl === undefined ? 1 : scores[breakerView({ tenant, baseUrl }).state] }]
  })
  const best = Math.max(...scored.map(({ score }) => score))
  return scored.find(({ score }) => score === best) ?? null
}

/** The profiles that the tenant's lists allow, and the model of the environment if it answers the chat. */
export function listedModels(env: ConversationEnv, settings: Settings): readonly ListedModel[] {
  const profiles = Object.entries(settings.models).flatMap(([id, { provider, model }]) =>
    mayCall(settings.router, { name: id, providerModel: model }) ? [{ id, owner: provider as string }] : [],
  )
  const answersWithoutProfile = modelChain(settings, false).length === 0
  const environment = environmentModel(env)
  if (!mayCall(settings.router, { name: environment })) return profiles
  if (!answersWithoutProfile || profiles.some(({ id }) => id === environment)) return profiles
  return [...profiles, { id: environment, owner: 'environment' }]
}
