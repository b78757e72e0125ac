/** Variables that seal the secrets of tenants and users. */
import type { Variable } from '../variable.ts'

/** The variables by name. */
export const secretVariables = {
  SOMA_ROOT_KEYS: {
    kind: 'text',
    default: '',
    readBy: ['conversation', 'connectors'],
    secret: true,
    ifWrong: 'refuse',
    description:
      "The keys that wrap the tenants' data keys: `id:base64 id:base64 …`, 32 bytes each. The first wraps, the others still open. Without one no provider key can be stored. The same in both Workers.",
  },
  SOMA_ISSUER_ROOT_KEYS: {
    kind: 'text',
    default: '',
    readBy: ['state'],
    secret: true,
    ifWrong: 'refuse',
    description:
      "The keys that seal the issuer's signing keys and the secrets of authenticator apps: `id:base64 id:base64 …`. The first seals, the others still open.",
  },
  SA01_CRYPTO_FERNET_KEY: {
    kind: 'text',
    default: '',
    readBy: ['conversation'],
    secret: true,
    ifWrong: 'refuse',
    description:
      'The key that is shared with systems that keep secrets as Fernet tokens: 32 bytes in base64url. Without it no token is read or written.',
  },
} as const satisfies Record<string, Variable>
