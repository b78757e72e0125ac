/** Backup and restore across tenants, for operators. The lines of a snapshot are in `shared/session/backup.ts`. */
import { z } from 'zod'
import { SessionId, Subject, TenantId } from '../ids.ts'
import { ObjectLine, ObjectRef, SnapshotLine } from '../session/backup.ts'
import { storedDocument } from './close-schema.ts'

const After = z.string().max(255).default('')

/** Query of `GET /v1/admin/tenants`. */
export const ListTenants = z.object({ after: After })
export type ListTenants = z.infer<typeof ListTenants>

/** A page of tenants. `next`: the `after` of the next page; null: none. */
export const TenantNames = z.object({ tenants: z.array(z.string()), next: z.string().nullable() })
export type TenantNames = z.infer<typeof TenantNames>

/** Query of `GET /v1/admin/subjects`. */
export const ListSubjects = z.object({ tenant: TenantId, after: After })
export type ListSubjects = z.infer<typeof ListSubjects>

/** A page of a tenant's subjects, with the number of their sessions. */
export const SubjectNames = z.object({
  subjects: z.array(z.object({ subject: z.string(), sessions: z.int() })),
  next: z.string().nullable(),
})
export type SubjectNames = z.infer<typeof SubjectNames>

/** Query of `GET /v1/admin/sessions`. */
export const ListSubjectSessions = z.object({ tenant: TenantId, subject: Subject, after: After })
export type ListSubjectSessions = z.infer<typeof ListSubjectSessions>

/** A page of a subject's session ids. */
export const SessionNames = z.object({ sessions: z.array(z.string()), next: z.string().nullable() })
export type SessionNames = z.infer<typeof SessionNames>

/** A session of any tenant. */
export const SessionRef = z.object({ tenant: TenantId, session: SessionId })
export type SessionRef = z.infer<typeof SessionRef>

/** Query of `GET /v1/admin/snapshot`. */
export const SnapshotRef = SessionRef.extend({
  recordings: z
    .enum(['true', 'false'])
    .optional()
    .meta({ description: 'Also the recordings of model calls, for a replay. No restore takes them' }),
})
export type SnapshotRef = z.infer<typeof SnapshotRef>

/** Lines of one session's snapshot, and the backup that they come from. */
export const RestoreSession = SessionRef.extend({ backup: z.uuid(), lines: z.array(storedDocument(SnapshotLine)).min(1) })
export type RestoreSession = z.infer<typeof RestoreSession>

/** Lines of one object, and the backup that they come from. */
export const RestoreObject = ObjectRef.extend({
  backup: z.uuid(),
  overwrite: z.boolean().default(false).meta({ description: 'Replace the content of an object that is not empty' }),
  lines: z.array(storedDocument(ObjectLine)).min(1),
})
export type RestoreObject = z.infer<typeof RestoreObject>

/** The state of a restore. `staged`: more lines are needed. `already`: it was restored before. */
export const RestoreState = z.object({ state: z.enum(['staged', 'restored', 'already']) })
export type RestoreState = z.infer<typeof RestoreState>

/** The session after which pruning continues; null: the first one. */
export const PruneCopies = z.object({ after: SessionRef.nullable() })
export type PruneCopies = z.infer<typeof PruneCopies>

/** The number of pruned copies, and the session to continue after; null: none is left. */
export const PrunedCopies = z.object({ pruned: z.int(), next: SessionRef.nullable() })
export type PrunedCopies = z.infer<typeof PrunedCopies>
