/** Why a secret does not open. Reveals nothing about the content. */

/**
 * - `malformed`: not our format.
 * - `unknown_key`: it names a key id that does not exist. `retired_key`: the key is no longer in use.
 * - `not_authentic`: tampered with, renamed, of another tenant, or sealed under another key.
 * - `expired`: a Fernet token past its time.
 */
export type SecretRefusal = { readonly kind: 'malformed' | 'unknown_key' | 'retired_key' | 'not_authentic' | 'expired' }

/** The text is not in our format. */
export const malformed: SecretRefusal = { kind: 'malformed' }
/** The text names a key id that does not exist. */
export const unknownKey: SecretRefusal = { kind: 'unknown_key' }
/** The text names a retired key. */
export const retiredKey: SecretRefusal = { kind: 'retired_key' }
/** The text was changed, renamed, or sealed for another tenant. */
export const notAuthentic: SecretRefusal = { kind: 'not_authentic' }
/** The token is older than its allowed age. */
export const expired: SecretRefusal = { kind: 'expired' }
