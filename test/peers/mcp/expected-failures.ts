/** Scenarios of the conformance suite that the client does not pass, each with the reason. One that passes by now has to leave. */
export const expectedFailures: Readonly<Record<string, string>> = {
  'elicitation-sep1034-client-defaults': 'questions of servers are refused: no elicitation is offered',
  'sep-2322-client-request-state': 'questions of servers are refused: no elicitation is offered',
  'auth/basic-cimd': 'the client registers: it publishes no metadata document of its own',
  'auth/client-credentials-jwt': 'extension: the client signs in for a person only',
  'auth/client-credentials-basic': 'extension: the client signs in for a person only',
  'auth/enterprise-managed-authorization': 'extension: tokens of an identity provider are not exchanged',
  'auth/dpop': 'extension: tokens are not bound to a key',
  'auth/dpop-nonce': 'extension: tokens are not bound to a key',
  'auth/wif-jwt-bearer': 'extension: the client signs in for a person only',
}
