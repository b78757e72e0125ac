/** Who may sign policies and constitutions, as configured. */
import { KeySet } from '../../../shared/identity/verify.ts'

/** Null where nobody may. A set that is none is a fault, not an empty one. */
export function policyKeys(text: string): KeySet | null {
  if (text === '') return null
  const keys = KeySet.parse(JSON.parse(text))
  if (!keys.ok) throw new Error(`SOMA_POLICY_KEYS: ${keys.error.detail}`)
  return keys.value
}
