/** A tenant's settings, their history, and model profiles. The sections themselves are in `shared/settings/settings.ts`. */
import { z } from 'zod'
import { CredentialView, ModelProfile, ProfileName, Settings, SettingsChange } from '../settings/settings.ts'
import { basedOn } from './based-on.ts'

const settingsVersion = basedOn('GET /v1/settings').min(0)
const version = z.int().meta({ description: 'The version; each change increments it' })

/** The settings and their version, with masked keys. */
export const SettingsView = z.object({ version, settings: Settings, credentials: z.array(CredentialView) })
export type SettingsView = z.infer<typeof SettingsView>

/** The sections to replace, and the version that they are based on. */
export const PutSettings = SettingsChange.extend({ version: settingsVersion })
export type PutSettings = z.infer<typeof PutSettings>

/** Query of `GET /v1/settings/history`. */
export const ListSettingsHistory = z.object({
  before: z.coerce.number().int().min(1).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
})
export type ListSettingsHistory = z.infer<typeof ListSettingsHistory>

/** One change: which values, by JSON pointer. */
export const SettingsHistoryEntry = z.object({
  version,
  at: z.int(),
  subject: z.string(),
  changes: z.array(z.object({ pointer: z.string(), before: z.unknown().optional(), after: z.unknown().optional() })),
})
export type SettingsHistoryEntry = z.infer<typeof SettingsHistoryEntry>

/** A page of changes, newest first. `next`: the `before` of the next page; null: none. */
export const SettingsHistory = z.object({ changes: z.array(SettingsHistoryEntry), next: z.int().nullable() })
export type SettingsHistory = z.infer<typeof SettingsHistory>

/** One model profile, and the version of the settings. */
export const ProfileView = z.object({ version, name: ProfileName, profile: ModelProfile })
export type ProfileView = z.infer<typeof ProfileView>

/** A model profile, and the version that the change is based on. */
export const PutProfile = z.strictObject({ profile: ModelProfile, version: settingsVersion.optional() })
export type PutProfile = z.infer<typeof PutProfile>

/** The outcome of one test call with a profile. */
export const ProbeResult = z.object({
  ok: z.boolean(),
  ms: z.int(),
  detail: z.string().meta({ description: "The model's answer, or the error in words" }),
  models: z.array(z.string()).optional().meta({ description: 'The models that the endpoint offers, if it has a list: at most 200' }),
})
export type ProbeResult = z.infer<typeof ProbeResult>

/** Path of one model profile. */
export const ProfilePath = z.object({ name: ProfileName })
export type ProfilePath = z.infer<typeof ProfilePath>
