/** Why a secret does not open. Reveals nothing about the content. */

/**
 * - `malformed`: not our format.
 * - `unknown_key`: it names a key id that does not exist. `retired_key`: the key is no longer in use.
 * - `not_authentic`: tampered with, renamed, of another tenant, or sealed under another key.
 * - `expired`: a Fernet token past its time.
 */
export type SecretRefusal = { readonly kind: 'malformed' | 'unknown_key' | 'retired_key' | 'not_authentic' | 'expired' }

export const malformed: SecretRefusal = { kind: 'malformed' }
export const unknownKey: SecretRefusal = { kind: 'unknown_key' }
export const retiredKey: SecretRefusal = { kind: 'retired_key' }
export const notAuthentic: SecretRefusal = { kind: 'not_authentic' }
export const expired: SecretRefusal = { kind: 'expired' }
