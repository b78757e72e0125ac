/** The client every part of the app talks through: same origin, the cookie speaks. */
import { createClient } from '../../../shared/client/client.ts'

/** The readable half of the sign-in. Read for each request: another tab may have signed in anew. */
export const csrf = (): string | undefined => /(?:^|; )(?:__Host-)?soma_csrf=([\w-]+)/.exec(document.cookie)?.[1]

export const api = createClient({ baseUrl: '', csrf })
