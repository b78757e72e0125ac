/** The names that a call may give to what answers: a model profile, a persona, or `default`. */
import type { Model } from '../../../shared/api/models.ts'
import { mayUse } from '../../../shared/persona/persona.ts'
import type { GatewayContext } from '../http/context.ts'
import { modelAdmin } from '../http/parties.ts'
import { callerOf } from './start-call.ts'

/** The name of what answers the chat of the workspace. */
export const defaultName = 'default'
/** Before the id of a persona. */
export const personaPrefix = 'persona:'

/** The names that the caller may use, in the shape of OpenAI's API. */
export async function namedModels(c: GatewayContext): Promise<Model[]> {
  const { tenant, subject } = c.var.principal
  const [models, personas] = await Promise.all([modelAdmin(c).models(callerOf(c)), c.env.TENANT.getByName(tenant).personas()])
  // Who may call no model gets no answer under another name.
  if (models.length === 0) return []
  const visible = personas.filter((persona) => mayUse(persona, subject))
  return [
    model(defaultName, 'workspace'),
    ...models.map(({ id, owner }) => model(id, owner)),
    ...visible.map(({ id }) => model(personaPrefix + id, 'persona')),
  ]
}

const model = (id: string, owned_by: string): Model => ({ id, object: 'model', created: 0, owned_by })
