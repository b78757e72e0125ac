/** Who may sign policies and constitutions, as configured. */
import { KeySet } from '../../../shared/identity/verify.ts'
import { type Environment, readVariable } from '../../../shared/settings/variables.ts'

/** Null where nobody may. A set that is none is a fault, not an empty one. */
export function policyKeys(env: Environment<'SOMA_POLICY_KEYS'>): KeySet | null {
  const text = readVariable(env, 'SOMA_POLICY_KEYS')
  if (text === '') return null
  const keys = KeySet.parse(JSON.parse(text))
  if (!keys.ok) throw new Error(`SOMA_POLICY_KEYS: ${keys.error.detail}`)
  return keys.value
}
