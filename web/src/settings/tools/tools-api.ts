/** Requests of the tools page. Responses are not validated: they come from our own server. */
import type { CatalogEntryView, CatalogView, PutCatalogEntry } from '../../../../shared/api/tools.ts'
import { transport } from '../../state/transport.ts'

export const getCatalog = async (): Promise<CatalogView> => (await transport('GET', '/v1/tool-catalog')).json()
export const putTool = async (name: string, entry: PutCatalogEntry): Promise<CatalogEntryView> =>
  (await transport('PUT', `/v1/tool-catalog/${encodeURIComponent(name)}`, { body: entry })).json()
