/** The objects of a backup beside sessions, by kind. */
import type { RestoreRequest } from '../../../durable-objects/backup/object-backup.ts'
import { memoryObjectName, platformIssuerName, sessionListObjectName, userNamespace } from '../../../shared/ids.ts'
import { unlessOlder } from '../../../shared/older-release.ts'
import type { Failure } from '../../../shared/problem.ts'
import { fail, ok, type Result } from '../../../shared/result.ts'
import type { ObjectRef, RestoreOutcome } from '../../../shared/session/backup.ts'

/** The methods of every object of a backup: see `durable-objects/sql-object.ts`. */
interface BackupRows {
  exportRows(of: ObjectRef): Promise<ReadableStream<Uint8Array> | null>
  restoreRows(request: RestoreRequest): Promise<Result<RestoreOutcome, Failure>>
}

/** Calls the object. Fails with `unavailable` while soma-state is of a release without these calls. */
type Call = <T>(use: (rows: BackupRows) => Promise<T>) => Promise<Result<T, Failure>>

/** The object that `ref` names. Fails with `invalid` if a part of its name is missing. */
export function backupObject(env: GatewayEnv, ref: ObjectRef): Result<Call, Failure> {
  const rows = stub(env, ref)
  if (!rows)
    return fail({
      kind: 'invalid',
      errors: [{ pointer: '/kind', detail: 'needs the tenant, and for memory and session_list the subject' }],
    })
  return ok(async (use) => {
    const used = await unlessOlder(async () => ok(await use(rows as unknown as BackupRows)))
    return used ?? fail({ kind: 'unavailable', what: 'This backup' })
  })
}

function stub(env: GatewayEnv, { kind, tenant, subject }: ObjectRef) {
  if (kind === 'signing_keys') return env.ISSUER.getByName(platformIssuerName)
  if (!tenant) return null
  switch (kind) {
    case 'settings':
      return env.TENANT.getByName(tenant)
    case 'accounts':
      return env.ACCOUNTS.getByName(tenant)
    case 'audit':
      return env.AUDIT_TRAIL.getByName(tenant)
    case 'attachments':
      return env.ATTACHMENTS.getByName(tenant)
    case 'memory':
      return subject ? env.MEMORY.getByName(memoryObjectName(tenant, userNamespace(subject))) : null
    case 'session_list':
      return subject ? env.HOME.getByName(sessionListObjectName(tenant, subject)) : null
  }
}
