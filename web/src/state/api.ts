/** The client every part of the app talks through: same origin, the cookie speaks. */
import { createClient } from '../../../shared/client/client.ts'

export const api = createClient({ baseUrl: '' })
