/** Variables of the HTTP interface: its public address, and the origins that may call it. */
import type { Variable } from '../variable.ts'

/** The variables by name. */
export const httpVariables = {
  SOMA_PUBLIC_URL: {
    kind: 'origins',
    single: true,
    default: '',
    readBy: ['gateway'],
    ifWrong: 'refuse',
    description:
      'The origin that browsers use, such as `https://chat.example.com`. Set it behind a proxy: redirects, `Secure` cookies, same-origin checks and the OpenID Connect redirect address use it. Without it the address of each request counts. `X-Forwarded-*` headers are never read.',
  },
  SOMA_CORS_ORIGINS: {
    kind: 'origins',
    default: '',
    readBy: ['gateway'],
    ifWrong: 'refuse',
    description:
      'Origins that may call the API from a page with a bearer token (CORS), with spaces or commas between them. Without it there are none. Cookies never work across origins.',
  },
} as const satisfies Record<string, Variable>
