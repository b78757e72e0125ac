/** The API client: same origin, authenticated by the session cookie. */
import { createClient } from '../../../shared/client/client.ts'
import { earlyFetch } from './early.ts'

/** The CSRF token. Read for every request, because another tab may have signed in again. */
export const csrf = (): string | undefined => /(?:^|; )(?:__Host-)?soma_csrf=([\w-]+)/.exec(document.cookie)?.[1]

export const api = createClient({ baseUrl: '', csrf, fetch: earlyFetch })
