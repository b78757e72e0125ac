/** The agent card of a persona. Pure. The public card says nothing about a workspace; the extended one names the persona. */

/** Media types of messages and answers. */
const modes = ['text/plain']

/** What the extended card says about a persona. */
export interface CardPersona {
  readonly name: string
  readonly description?: string | undefined
}

/** The card of the agent at `url`. */
export function agentCard(url: string, { name, description }: CardPersona) {
  const text = description || 'Answers in a conversation with a durable log. It needs a token or an API key.'
  return {
    name,
    description: text,
    version: '1',
    supportedInterfaces: [{ url, protocolBinding: 'JSONRPC', protocolVersion: '1.0' }],
    capabilities: { streaming: true, pushNotifications: false, extendedAgentCard: true },
    securitySchemes: {
      bearer: { httpAuthSecurityScheme: { scheme: 'Bearer', description: 'An access token or an API key of the workspace' } },
    },
    securityRequirements: [{ schemes: { bearer: { list: [] } } }],
    defaultInputModes: modes,
    defaultOutputModes: modes,
    skills: [{ id: 'converse', name: 'Converse', description: text, tags: ['conversation'], inputModes: modes, outputModes: modes }],
  }
}
