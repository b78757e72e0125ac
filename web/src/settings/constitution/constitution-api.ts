/** Requests of the constitution page. */
import type { Constitution } from '../../../../shared/policy/constitution/constitution.ts'
import type { InvalidField } from '../../../../shared/problem.ts'
import { transport } from '../../state/transport.ts'
import type { WhatIf } from '../policy/policy-api.ts'

export interface ConstitutionVersion {
  /** 0 without a constitution. */
  readonly version: number
  readonly checksum: string | null
  readonly loaded_at: number | null
  readonly loaded_by: string | null
  readonly rolled_back_from: number | null
}

export interface ConstitutionInForce extends ConstitutionVersion {
  readonly constitution: Constitution | null
  readonly takes: boolean
}

export type ConstitutionRecord = ConstitutionVersion & { readonly seq: number }

export interface Validated {
  readonly valid: boolean
  readonly version: number | null
  readonly problems: readonly InvalidField[]
  readonly what_if: WhatIf | null
}

/** A document for upload, with its signature if it has one. */
export interface ConstitutionUpload {
  readonly constitution: unknown
  readonly signature?: string
}

export async function readConstitution(): Promise<{ readonly now: ConstitutionInForce; readonly versions: readonly ConstitutionRecord[] }> {
  const [now, { versions }] = await Promise.all([get('/v1/constitution'), get('/v1/constitution/versions')])
  return { now, versions }
}
export const validateConstitution = async (upload: ConstitutionUpload, from: number): Promise<Validated> =>
  (await transport('POST', '/v1/constitution/validate', { body: { ...upload, what_if: { from } } })).json()
export const loadConstitution = async (upload: ConstitutionUpload): Promise<ConstitutionVersion> =>
  (await transport('POST', '/v1/constitution/load', { body: upload })).json()
export const rollBack = async (version: number): Promise<ConstitutionVersion> =>
  (await transport('POST', '/v1/constitution/rollback', { body: { version } })).json()

const get = async (path: string) => (await transport('GET', path)).json()
