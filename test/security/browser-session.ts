/** A signed-in browser on a real stack: its cookies, its CSRF token and its requests. */
import type { Stack } from '../support/stack.ts'

export interface BrowserSession {
  readonly cookie: string
  readonly csrf: string
  /** Sends a request as the app's page does. */
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Response>
}

export async function signIn(stack: Pick<Stack, 'url'>, tenant: string, subject: string): Promise<BrowserSession> {
  const signedIn = await fetch(`${stack.url}/v1/auth/dev`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: stack.url },
    body: JSON.stringify({ tenant, subject }),
  })
  if (signedIn.status !== 200) throw new Error(`sign-in: ${signedIn.status}`)
  const [cookie = '', readable = ''] = signedIn.headers.getSetCookie().map((header) => header.split(';')[0] ?? '')
  const csrf = readable.split('=')[1] ?? ''
  return {
    cookie,
    csrf,
    call: (method, path, body, headers = {}) =>
      fetch(`${stack.url}${path}`, {
        method,
        headers: {
          cookie,
          origin: stack.url,
          'x-csrf-token': csrf,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
  }
}

export const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` })
