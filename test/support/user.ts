/** An API user of a stack, based on `fetch`. */
import type { AcceptedMessage } from '../../shared/api/messages.ts'

export interface User {
  readonly bearer: Record<string, string>
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Response>
  send(message: string, fields?: Record<string, unknown>): Promise<AcceptedMessage>
  events(session: string): string
}

export function user(url: string, token: string): User {
  const bearer = { authorization: `Bearer ${token}` }
  const call: User['call'] = (method, path, body, headers = {}) =>
    fetch(`${url}${path}`, {
      method,
      headers: { ...bearer, ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
  return {
    bearer,
    call,
    async send(message, fields = {}) {
      const response = await call('POST', '/v1/sessions/message', { message, ...fields })
      if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`)
      return (await response.json()) as AcceptedMessage
    },
    events: (session) => `${url}/v1/sessions/${session}/events?stream=true`,
  }
}
