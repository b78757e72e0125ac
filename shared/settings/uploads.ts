/** The settings of uploads: how large files may be, and which types a tenant accepts. */
import { z } from 'zod'

const maxTypes = 50
const types = z
  .array(
    z
      .string()
      .trim()
      .toLowerCase()
      .regex(/^[\w.+-]+\/(\*|[\w.+-]+)$/, 'must be a media type, such as `application/pdf`, or a group, such as `image/*`'),
  )
  .max(maxTypes)

/** What a tenant accepts. The types are those that the content shows, not those that a client states. */
export const UploadSettings = z.strictObject({
  max_file_bytes: z.int().min(1_000).max(5_000_000_000).default(25_000_000).meta({ description: 'The most bytes of one file' }),
  total_bytes: z
    .int()
    .min(1_000)
    .max(10_000_000_000_000)
    .default(10_000_000_000)
    .meta({ description: 'The most bytes of all files together. The same content counts once' }),
  allow: types.default([]).meta({
    description: `The only media types that are accepted, such as \`application/pdf\` or \`image/*\`. Empty: all. At most ${maxTypes}`,
  }),
  deny: types
    .default(['application/x-msdownload', 'application/x-elf', 'application/x-mach-binary'])
    .meta({ description: `The media types that are refused: by default programs. At most ${maxTypes}` }),
})
export type UploadSettings = z.infer<typeof UploadSettings>

/** Whether the settings accept files of this type. */
export const acceptsType = (mime: string, { allow, deny }: Pick<UploadSettings, 'allow' | 'deny'>): boolean =>
  !matchesType(mime, deny) && (allow.length === 0 || matchesType(mime, allow))

/** Whether `mime` matches one of `patterns`: a type, or a group such as `image/*`. */
export const matchesType = (mime: string, patterns: readonly string[]): boolean =>
  patterns.some((pattern) => (pattern.endsWith('/*') ? mime.startsWith(pattern.slice(0, -1)) : mime === pattern))
