/** Variables of what tools reach outside: pages, search engines and MCP servers. */
import type { Variable } from '../variable.ts'

/** The variables by name. */
export const connectorVariables = {
  SOMA_LOOPBACK_TOOLS: {
    kind: 'flag',
    default: '',
    readBy: ['connectors'],
    ifWrong: 'default',
    description: 'Lets the allow list of a workspace name ports of this machine. Only for development, where `npm start` sets it.',
  },
  SOMA_DNS_URL: {
    kind: 'url',
    protocols: ['https', 'http'],
    default: '',
    readBy: ['connectors'],
    ifWrong: 'unavailable',
    description:
      'A resolver for DNS over HTTPS with JSON answers, such as `https://cloudflare-dns.com/dns-query`. With it, a name that resolves to a private address is refused before the request.',
  },
} as const satisfies Record<string, Variable>
