/** The keys that may sign policies and constitutions. */
import { KeySet } from '../../../shared/identity/key-set.ts'
import { type Environment, readVariable } from '../../../shared/settings/variables.ts'

/** The configured keys; null: none are configured. Throws on an invalid set. */
export function policyKeys(env: Environment<'SOMA_POLICY_KEYS'>): KeySet | null {
  const text = readVariable(env, 'SOMA_POLICY_KEYS')
  if (text === '') return null
  const keys = KeySet.parse(JSON.parse(text))
  if (!keys.ok) throw new Error(`SOMA_POLICY_KEYS: ${keys.error.detail}`)
  return keys.value
}
