import { createTransport } from '../../../shared/client/transport.ts'
import { csrf } from './api.ts'

/** Sends requests of pages that load later. The typed client in `api.ts` serves the first load. */
export const transport = createTransport({ baseUrl: '', csrf })
