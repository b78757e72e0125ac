/** Variables of tokens, issuers and sign-in. */
import type { Variable } from '../variable.ts'

/** The variables by name. */
export const identityVariables = {
  SOMA_ISSUER: {
    kind: 'text',
    default: 'https://soma.localhost',
    readBy: ['gateway'],
    description: 'The `iss` of the access tokens that this deployment signs and accepts.',
  },
  SOMA_AUDIENCE: {
    kind: 'text',
    default: 'soma',
    readBy: ['gateway'],
    description: 'The `aud` of those tokens.',
  },
  SOMA_OPERATOR_KEYS: {
    kind: 'json',
    expected: 'a JSON Web Key Set of public ES256 keys',
    default: '',
    readBy: ['gateway'],
    ifWrong: 'refuse',
    description:
      "The operators' public keys (RFC 7517). Tokens that their private halves sign are accepted, as those of the issuer are. A set with a private key is refused. `npm start` passes the public half of its key.",
  },
  SOMA_TRUSTED_ISSUERS: {
    kind: 'json',
    expected: 'a list of issuers',
    default: '',
    readBy: ['gateway'],
    ifWrong: 'refuse',
    description:
      'Other issuers of accepted access tokens, as a JSON list; [the runbook](runbook/identity.md) has the fields. An issuer with `tenant_claim` must list its `tenants`. Set it as a secret if it holds HS256 keys.',
  },
  SOMA_DEV_SIGN_IN: {
    kind: 'flag',
    default: '',
    readBy: ['gateway'],
    ifWrong: 'default',
    description: 'Offers sign-in without a password, in development builds only. It belongs in `.dev.vars`.',
  },
  SOMA_DEV_HOSTS: {
    kind: 'text',
    default: '',
    readBy: ['gateway'],
    description:
      'Host names of a development build beside `localhost` and its addresses, with spaces between them. It accepts requests under no other name. Deployed builds do not read it.',
  },
  SOMA_OIDC_ISSUER: {
    kind: 'url',
    protocols: ['https', 'http'],
    default: '',
    readBy: ['gateway'],
    ifWrong: 'refuse',
    description:
      'The OpenID Connect provider that users sign in with. It must allow the redirect address `https://HOST/v1/auth/oidc/callback`. `http` is for this machine only.',
  },
  SOMA_OIDC_CLIENT_ID: {
    kind: 'text',
    default: '',
    readBy: ['gateway'],
    ifWrong: 'refuse',
    description: "This deployment's client id at that provider.",
  },
  SOMA_OIDC_CLIENT_SECRET: {
    kind: 'text',
    default: '',
    readBy: ['gateway'],
    secret: true,
    description: "The client's secret. Without it the client is public, and PKCE alone protects it.",
  },
  SOMA_OIDC_CLIENT_AUTH: {
    kind: 'choice',
    values: ['client_secret_basic', 'client_secret_post'],
    default: '',
    readBy: ['gateway'],
    ifWrong: 'refuse',
    description: 'How the client sends that secret. Without it the metadata of the provider decides; Basic is preferred.',
  },
  SOMA_OIDC_NAME: {
    kind: 'text',
    default: '',
    readBy: ['gateway'],
    description: "The label of the sign-in button. Without it the button shows the provider's host.",
  },
  SOMA_OIDC_TENANT: {
    kind: 'text',
    default: '',
    readBy: ['gateway'],
    ifWrong: 'refuse',
    description: 'The tenant of every user who signs in with that provider. Set either this or `SOMA_OIDC_TENANT_CLAIM`.',
  },
  SOMA_OIDC_TENANT_CLAIM: {
    kind: 'text',
    default: '',
    readBy: ['gateway'],
    ifWrong: 'refuse',
    description: "The claim of the ID token that names the user's tenant.",
  },
  SOMA_OIDC_TENANTS: {
    kind: 'text',
    default: '',
    readBy: ['gateway'],
    ifWrong: 'refuse',
    description: 'The tenants that this claim may name, with spaces between them. `*`: any tenant. Required with `SOMA_OIDC_TENANT_CLAIM`.',
  },
  SOMA_OIDC_SIGN_OUT: {
    kind: 'flag',
    default: '',
    readBy: ['gateway'],
    ifWrong: 'default',
    description:
      'Signing out here also signs out at the provider. The provider must allow `https://HOST/` as post-logout redirect address.',
  },
} as const satisfies Record<string, Variable>
