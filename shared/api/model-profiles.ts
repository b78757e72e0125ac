/** Model profiles in SomaAgent01's shape. They are the profiles of the settings under other names. */
import { z } from 'zod'
import { nameOfRole } from '../settings/profile-role.ts'
import { CredentialName, Kwargs, ModelProfile, ProfileName } from '../settings/settings.ts'

const Role = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/, 'must be letters, digits, "-", "_" or ".", and start with a letter or digit')
const Mode = z.string().regex(/^[A-Za-z0-9_-]{1,62}$/, 'must be letters, digits, "-" or "_"')
/** Also true of a part that is invalid by itself, which has an error of its own. */
const hasName = (path: { role: string; deployment_mode: string }): boolean =>
  !Role.safeParse(path.role).success || !Mode.safeParse(path.deployment_mode).success || ProfileName.safeParse(nameOfRole(path)).success
const nameProblem = 'must have at most 63 characters together'

/** Path of one profile. */
export const ProfileRolePath = z.object({ role: Role, deployment_mode: Mode }).refine(hasName, nameProblem)
export type ProfileRolePath = z.infer<typeof ProfileRolePath>

/** Query of the list. */
export const ListModelProfiles = z.object({ deployment_mode: Mode.optional() })
export type ListModelProfiles = z.infer<typeof ListModelProfiles>

const { base_url, model, temperature } = ModelProfile.shape
const fields = {
  model: model.unwrap(),
  base_url: base_url.unwrap(),
  temperature,
  kwargs: Kwargs.optional(),
  credential: CredentialName.optional().meta({
    description: 'The name of the key. Without it: that of the stored profile, or the only key for the origin of the address',
  }),
  version: z
    .int()
    .min(0)
    .optional()
    .meta({ description: 'The version of the settings that this change is based on. A newer one refuses it with 409' }),
}

/** A new or changed profile. */
export const PostModelProfile = z
  .object({ role: Role, deployment_mode: Mode.default('default'), ...fields })
  .refine(hasName, { path: ['role'], message: nameProblem })
export type PostModelProfile = z.infer<typeof PostModelProfile>

/** A changed profile. The path names it: `role` and `deployment_mode` of the body do not count. */
export const PutModelProfile = z.object({ role: Role.optional(), deployment_mode: Mode.optional(), ...fields })
export type PutModelProfile = z.infer<typeof PutModelProfile>

/** A profile. */
export const ModelProfileView = z
  .object({
    role: z.string(),
    deployment_mode: z.string(),
    model: z.string(),
    base_url: z.string().meta({ description: 'Empty for the builtin responder' }),
    temperature: z.number().nullable(),
    kwargs: z.record(z.string(), z.unknown()),
    answers: z
      .enum(['dialogue', 'escalation', 'utility'])
      .nullable()
      .meta({ description: 'The role that the profile has now: it answers the chat, is its fallback, or the utility model. Null: none' }),
    version: z.int().meta({ description: 'The version of the settings' }),
  })
  .meta({ id: 'RoleProfile' })
export type ModelProfileView = z.infer<typeof ModelProfileView>

/** All profiles. */
export const ModelProfileList = z.array(ModelProfileView)
