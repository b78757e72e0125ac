/**
 * The format of a backup: NDJSON with a header, the rows of each tenant's other objects, each session's snapshot, and a trailer. Without
 * the trailer, a backup is incomplete. A snapshot is the session's tables at one instant, so a restore equals a restart after a crash.
 */
import { z } from 'zod'
import { SessionId, Subject, TenantId } from '../ids.ts'

/** The format that a backup is written in. */
export const backupFormat = 'soma-backup-3'
/** The formats that a restore reads. The first one has sessions only, the second one no session lists. */
const backupFormats = ['soma-backup-1', 'soma-backup-2', backupFormat] as const

/** How far a restored session skips ahead of its last event. Cursors from the lost part then match nothing. Fencing tokens skip as much. */
export const restoreGap = 1_000_000

/** The operator scope: backups span tenants. */
export const backupScope = 'admin:backup'

/** The first line of a backup. */
export const BackupHeader = z.object({
  type: z.literal('header'),
  format: z.enum(backupFormats),
  id: z.uuid().meta({ description: 'Names this backup' }),
  version: z.string().meta({ description: 'Of the software that wrote it' }),
  at: z.int().meta({ description: 'Unix milliseconds' }),
  expected: z.object({ subjects: z.int(), sessions: z.int() }).meta({ description: 'As counted before it was written' }),
})
export type BackupHeader = z.infer<typeof BackupHeader>

/** The first line of a session's snapshot. */
export const SnapshotStart = z.object({
  type: z.literal('session'),
  tenant: TenantId,
  session: SessionId,
  subject: Subject,
  schema: z.int().min(1).meta({ description: 'Schema version of the tables that follow' }),
  seq: z.int().min(1).meta({ description: 'The seq of the last event' }),
  deleted: z.boolean(),
})
export type SnapshotStart = z.infer<typeof SnapshotStart>

/**
 * The objects of a backup beside sessions. `settings`: a tenant's settings, sealed keys, relations, policy and constitution. `accounts`:
 * users, roles, second factors, API keys and sign-ins. `session_list`: what a user pinned and archived. `attachments`: which files exist,
 * without their bytes. `signing_keys`: those of the platform, sealed.
 */
export const ObjectKind = z.enum(['signing_keys', 'settings', 'accounts', 'audit', 'memory', 'session_list', 'attachments'])
export type ObjectKind = z.infer<typeof ObjectKind>

/** Names an object: of a tenant; `memory` and `session_list` also of a subject; `signing_keys` of neither. */
export const ObjectRef = z.object({ kind: ObjectKind, tenant: TenantId.optional(), subject: Subject.optional() })
export type ObjectRef = z.infer<typeof ObjectRef>

/** The first line of an object. */
export const ObjectStart = ObjectRef.extend({
  type: z.literal('object'),
  schema: z.int().min(1).meta({ description: 'Schema version of the tables that follow' }),
})
export type ObjectStart = z.infer<typeof ObjectStart>

const Name = z.string().regex(/^[a-z][a-z_]{0,62}$/)

/** Rows of one table, in the order of `columns`. */
export const SnapshotRows = z.object({
  type: z.literal('rows'),
  table: Name,
  columns: z.array(Name).min(1),
  rows: z.array(z.array(z.union([z.string(), z.number(), z.null()]))).min(1),
})
export type SnapshotRows = z.infer<typeof SnapshotRows>

/** The last line of a session or object, with the number of rows of each table. */
export const SnapshotEnd = z.object({ type: z.literal('end'), rows: z.record(Name, z.int().min(0)) })
export type SnapshotEnd = z.infer<typeof SnapshotEnd>

/** Discard the lines since the last `session` line: the session was deleted or truncated meanwhile. It follows again if it still exists. */
export const SnapshotVoid = z.object({ type: z.literal('void') })

/** Any line of a session's snapshot. */
export const SnapshotLine = z.discriminatedUnion('type', [SnapshotStart, SnapshotRows, SnapshotEnd, SnapshotVoid])
export type SnapshotLine = z.infer<typeof SnapshotLine>

/** Any line of an object. */
export const ObjectLine = z.discriminatedUnion('type', [ObjectStart, SnapshotRows, SnapshotEnd, SnapshotVoid])
export type ObjectLine = z.infer<typeof ObjectLine>

/** The last line of a backup. */
export const BackupTrailer = z.object({
  type: z.literal('trailer'),
  objects: z.int().optional().meta({ description: 'Objects beside sessions. Absent in the first format' }),
  sessions: z.int(),
  events: z.int(),
  lines: z.int().meta({ description: 'Before this one' }),
  skipped: z.int().meta({ description: 'Sessions that could not be read, and are not in it' }),
  sha256: z.string().meta({ description: 'Of every byte before this line, hex' }),
})
export type BackupTrailer = z.infer<typeof BackupTrailer>

/** Any line of a backup. */
export const BackupLine = z.discriminatedUnion('type', [
  BackupHeader,
  ObjectStart,
  SnapshotStart,
  SnapshotRows,
  SnapshotEnd,
  SnapshotVoid,
  BackupTrailer,
])
export type BackupLine = z.infer<typeof BackupLine>

/** The result of restoring lines into an object. `already`: it was restored from this backup before. */
export type RestoreOutcome = 'staged' | 'restored' | 'already'
