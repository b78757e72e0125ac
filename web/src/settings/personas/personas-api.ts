/** Requests of the personas page. Responses are not validated: they come from our own server. */
import type { CreatePersona, PersonaList, PersonaSummary, PersonaView, PutPersona } from '../../../../shared/api/personas.ts'
import { transport } from '../../state/transport.ts'

const path = (id: string) => `/v1/personas/${encodeURIComponent(id)}`

export const listPersonas = async (): Promise<readonly PersonaSummary[]> =>
  ((await (await transport('GET', '/v1/personas')).json()) as PersonaList).personas
export const getPersona = async (id: string): Promise<PersonaView> => (await transport('GET', path(id))).json()
export const createPersona = async (persona: CreatePersona): Promise<PersonaView> =>
  (await transport('POST', '/v1/personas', { body: persona })).json()
export const putPersona = async (id: string, persona: PutPersona): Promise<PersonaView> =>
  (await transport('PUT', path(id), { body: persona })).json()
export const removePersona = async (id: string): Promise<void> => void (await transport('DELETE', path(id)))
