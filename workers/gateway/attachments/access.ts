/** Who may read an attachment: its uploader until a session has it, then the users of its sessions. */
import type { AttachmentStatus } from '../../../shared/api/attachments.ts'
import { limits } from '../../../shared/api/limits.ts'
import type { AttachmentRef } from '../../../shared/attachment/attachment-ref.ts'
import type { StoredAttachment } from '../../../shared/attachment/store.ts'
import { PartyUnavailable } from '../../../shared/faults.ts'
import { SessionId, type Subject } from '../../../shared/ids.ts'
import { OwnError } from '../../../shared/log/error.ts'
import type { AccessRequest } from '../../../shared/policy/access-request.ts'
import type { Failure } from '../../../shared/problem.ts'
import { fail, ok, type Result } from '../../../shared/result.ts'
import { recordBatched } from '../audit/record.ts'
import type { GatewayContext } from '../http/context.ts'
import { authorizeRequest, ownerOf, relationsTo } from '../policy/enforce.ts'
import { locate } from '../sessions/locate.ts'

/** The attachments of the caller's tenant. */
export const attachmentsOf = ({ env, var: { principal } }: GatewayContext) => env.ATTACHMENTS.getByName(principal.tenant)

/** The file, with its status after the scan if the scanner is quick. */
export async function afterScan<F extends { readonly sha256: string; readonly status: AttachmentStatus }>(
  c: GatewayContext,
  file: F,
): Promise<F> {
  if (file.status !== 'pending') return file
  return { ...file, ...(await attachmentsOf(c).scanned(file.sha256, limits.scanWaitMs)) }
}

/** Sessions that are tried for one request. Each costs calls to objects. */
const maxTried = 10

/** A session that has an attachment, with the caller's part in it. */
interface Holder {
  readonly session: SessionId
  readonly owner: Subject
  readonly relations: readonly string[]
}

/** The attachment, if the caller may do `action` to it. Null: it does not exist, or the caller may not. */
export async function accessAttachment(
  c: GatewayContext,
  id: string,
  action: 'attachment.read' | 'attachment.delete' = 'attachment.read',
): Promise<StoredAttachment | null> {
  const attachment = await attachmentsOf(c).find(id)
  if (!attachment) return null
  for (const request of await requestsFor(c, attachment)) {
    const resource = { kind: 'attachment', id, ...request.resource }
    const decision = await authorizeRequest(c, { action, resource, context: request.context ?? {} })
    if (!recordBatched(c, `attachment:${id}`, decision))
      throw new PartyUnavailable('The audit trail', 5_000, new OwnError('its backlog is full'))
    if (decision.allowed) return attachment
  }
  return null
}

/** The access requests of which one must be allowed. */
async function requestsFor(
  c: GatewayContext,
  { owner, sessions }: StoredAttachment,
): Promise<Pick<AccessRequest, 'resource' | 'context'>[]> {
  if (sessions.length === 0) return [{ resource: { owner } }]
  const holders: Holder[] = []
  for (const session of sessions.slice(0, maxTried)) {
    const holder = await holderOf(c, session)
    if (holder) holders.push(holder)
    if (holder?.owner === c.var.principal.subject) break
  }
  return holders.map(({ owner: sessionOwner, relations }) => ({ resource: { owner: sessionOwner }, context: { relations } })).reverse()
}

/** Null: the session is deleted. */
async function holderOf(c: GatewayContext, id: string): Promise<Holder | null> {
  const session = SessionId.parse(id)
  const owner = await ownerOf(c, session)
  if (owner === null || !(await locate(c, session)?.summary(owner))?.ok) return null
  return { session, owner, relations: owner === c.var.principal.subject ? [] : await relationsTo(c, session, owner) }
}

/** The sessions of `attachment` that the caller owns. */
export async function ownSessions(c: GatewayContext, { sessions }: StoredAttachment): Promise<string[]> {
  const owners = await Promise.all(sessions.map((session) => ownerOf(c, SessionId.parse(session))))
  return sessions.filter((_, index) => owners[index] === c.var.principal.subject)
}

/** The files that a message names. Fails if the sender may not read one of them, or a scanner has not accepted it. */
export async function messageAttachments(c: GatewayContext, ids: readonly string[] = []): Promise<Result<AttachmentRef[], Failure>> {
  const found = await Promise.all([...new Set(ids)].map((id) => accessAttachment(c, id)))
  const refs: AttachmentRef[] = []
  for (const [index, attachment] of found.entries()) {
    if (!attachment)
      return fail({ kind: 'invalid', errors: [{ pointer: `/attachments/${index}`, detail: 'must be a file that you may read' }] })
    if (attachment.status !== 'clean') return fail({ kind: 'file_quarantined', status: attachment.status })
    const { id, filename, mime, size } = attachment
    refs.push({ id, filename, mime, size })
  }
  return ok(refs)
}
