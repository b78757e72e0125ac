/** The constitution as SomaBrain's clients know it: by its checksum, at `/constitution`. */
import { z } from 'zod'

/** The active constitution by its checksum. */
export const LegacyConstitutionVersion = z.looseObject({
  constitution_version: z.string().nullable().meta({ description: 'The checksum of the document' }),
  constitution_status: z.enum(['loaded', 'not-loaded']),
  constitution_signatures: z.array(z.object({ signer_id: z.string(), signature: z.string(), checksum: z.string() })),
})
export type LegacyConstitutionVersion = z.infer<typeof LegacyConstitutionVersion>

/** A policy input to check against the constitution. */
export const LegacyConstitutionQuery = z.object({ input: z.record(z.string(), z.unknown()) })
export type LegacyConstitutionQuery = z.infer<typeof LegacyConstitutionQuery>

/** Whether the constitution allows an input, with the violated articles. */
export const LegacyConstitutionAnswer = z.object({ allowed: z.boolean(), explain: z.unknown(), violations: z.array(z.string()) })
export type LegacyConstitutionAnswer = z.infer<typeof LegacyConstitutionAnswer>

/** The document's own fields, with the signature beside them. */
export const LegacyLoadConstitution = z.looseObject({ signature: z.string().max(8_192).default('') })
export type LegacyLoadConstitution = z.infer<typeof LegacyLoadConstitution>

/** The version and checksum of a loaded constitution. */
export const LegacyLoadedConstitution = z.object({ status: z.literal('saved'), checksum: z.string(), version: z.int() })
export type LegacyLoadedConstitution = z.infer<typeof LegacyLoadedConstitution>
