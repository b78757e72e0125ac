/** The models of a tenant, before the policy. */
import { mayCall } from '../../../shared/settings/model-access.ts'
import type { Settings } from '../../../shared/settings/settings.ts'
import { modelChain } from '../../../shared/settings/settings-update.ts'
import { environmentModel } from './candidates.ts'

/** A model that may be called by its `id`. */
export interface ListedModel {
  readonly id: string
  /** The provider of its profile, or `environment`. */
  readonly owner: string
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
