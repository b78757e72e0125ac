/** The request for the signed-in user, which `public/early.js` sends while the app's code is loading. */

declare global {
  interface Window {
    /** Absent: `early.js` has not run yet. Null: the app has asked itself, or has taken the response. */
    somaMe?: Promise<Response> | null
  }
}

/** Sends a request. The first one takes the early response if it is for the same. */
export const earlyFetch = (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
  const early = window.somaMe
  window.somaMe = null
  return early && input === '/v1/me' && init?.method === 'GET' ? early : fetch(input, init)
}
