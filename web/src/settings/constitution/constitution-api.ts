/** Requests of the constitution page. */
import type {
  ActiveConstitution,
  ConstitutionRecord,
  ConstitutionUpload,
  ConstitutionValidation,
  ConstitutionVersion,
} from '../../../../shared/api/constitution.ts'
import { transport } from '../../state/transport.ts'

export async function readConstitution(): Promise<{ readonly now: ActiveConstitution; readonly versions: readonly ConstitutionRecord[] }> {
  const [now, { versions }] = await Promise.all([get('/v1/constitution'), get('/v1/constitution/versions')])
  return { now, versions }
}
export const validateConstitution = async (upload: ConstitutionUpload, from: number): Promise<ConstitutionValidation> =>
  (await transport('POST', '/v1/constitution/validate', { body: { ...upload, what_if: { from } } })).json()
export const loadConstitution = async (upload: ConstitutionUpload): Promise<ConstitutionVersion> =>
  (await transport('POST', '/v1/constitution/load', { body: upload })).json()
export const rollBack = async (version: number): Promise<ConstitutionVersion> =>
  (await transport('POST', '/v1/constitution/rollback', { body: { version } })).json()

const get = async (path: string) => (await transport('GET', path)).json()
