/** The tenant's constitution: reading it, checking a document, loading it, rolling back. */
import { z } from 'zod'
import { Constitution } from '../policy/constitution/constitution.ts'
import { InvalidField } from './problem.ts'
import { WhatIfPeriod, WhatIfReport } from './what-if.ts'

/** One version of a constitution, without its text. */
export const ConstitutionVersion = z.object({
  version: z.int().meta({ description: '0: there is no constitution' }),
  checksum: z.string().nullable().meta({ description: 'SHA-256 of the canonical JSON (RFC 8785), in hex' }),
  loaded_at: z.int().nullable(),
  loaded_by: z.string().nullable(),
  rolled_back_from: z.int().nullable().meta({ description: 'The version that this one replaced in a rollback' }),
})
export type ConstitutionVersion = z.infer<typeof ConstitutionVersion>

/** The active constitution with its text; null: none is loaded. */
export const ActiveConstitution = ConstitutionVersion.extend({
  constitution: Constitution.nullable(),
  takes: z.boolean().meta({ description: 'Whether the server accepts uploads: it has keys that may sign constitutions' }),
})
export type ActiveConstitution = z.infer<typeof ActiveConstitution>

/** One activation of a version. */
export const ConstitutionRecord = ConstitutionVersion.extend({ seq: z.int() })
export type ConstitutionRecord = z.infer<typeof ConstitutionRecord>

/** The activated versions, newest first. */
export const ConstitutionVersions = z.object({ versions: z.array(ConstitutionRecord) })
export type ConstitutionVersions = z.infer<typeof ConstitutionVersions>

/** A constitution and its signature. */
export const LoadConstitution = z.strictObject({
  constitution: z.unknown().meta({ description: 'The constitution document' }),
  signature: z.string().max(8_192).meta({
    description: 'A compact JWS by a policy key over `{use: "soma-constitution", tenant, version, sha256}`. `sha256` is the checksum.',
  }),
})
export type LoadConstitution = z.infer<typeof LoadConstitution>

/** A document, and its signature if it has one. */
export const ConstitutionUpload = LoadConstitution.partial({ signature: true })
export type ConstitutionUpload = z.infer<typeof ConstitutionUpload>

/** A constitution to check, and the decisions to replay with it. */
export const ValidateConstitution = ConstitutionUpload.extend({ what_if: WhatIfPeriod.optional() })
export type ValidateConstitution = z.infer<typeof ValidateConstitution>

/** The problems of a document, and its effect on recorded decisions. */
export const ConstitutionValidation = z.object({
  valid: z.boolean(),
  version: z.int().nullable(),
  checksum: z.string().nullable(),
  problems: z.array(InvalidField).meta({ description: 'Problems, with JSON pointers into the document' }),
  what_if: WhatIfReport.nullable().meta({ description: 'The effect on recorded decisions' }),
})
export type ConstitutionValidation = z.infer<typeof ConstitutionValidation>

/** The version to activate again. */
export const RollBackConstitution = z.strictObject({ version: z.int().min(1) })
export type RollBackConstitution = z.infer<typeof RollBackConstitution>
