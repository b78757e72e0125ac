/** The models of a tenant, before the policy. */
import type { Settings } from '../../../shared/settings/settings.ts'
import { modelChain } from '../../../shared/settings/settings-update.ts'
import { environmentModel } from './candidates.ts'

/** A model that may be called by its `id`. */
export interface ListedModel {
  readonly id: string
  /** The provider of its profile, or `environment`. */
  readonly owner: string
}

/** The profiles, and the model of the environment if it answers the chat. */
export function listedModels(env: ConversationEnv, settings: Settings): readonly ListedModel[] {
  const profiles = Object.entries(settings.models).map(([id, { provider }]) => ({ id, owner: provider }))
  const answersWithoutProfile = modelChain(settings, false).length === 0
  const environment = environmentModel(env)
  if (!answersWithoutProfile || profiles.some(({ id }) => id === environment)) return profiles
  return [...profiles, { id: environment, owner: 'environment' }]
}
