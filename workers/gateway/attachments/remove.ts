/** Deletes an attachment from the caller's own sessions. */
import { recordAudit } from '../audit/record.ts'
import type { GatewayContext } from '../http/context.ts'
import { accessAttachment, attachmentsOf, ownSessions } from './access.ts'

/** Whether it existed, and the caller may delete it. */
export async function removeAttachment(c: GatewayContext, id: string): Promise<boolean> {
  const attachment = await accessAttachment(c, id, 'attachment.delete')
  if (!attachment) return false
  const own = await ownSessions(c, attachment)
  // An administrator of the tenant owns none of its sessions, and deletes it everywhere.
  await attachmentsOf(c).release(id, own.length === 0 ? attachment.sessions : own)
  await recordAudit(c, { action: 'attachment.delete', target: `attachment:${id}`, outcome: 'done' })
  return true
}
