/**
 * The message that a tenant's trail has entries to copy. It carries no entries. A separate file, because browsers import the trail's code
 * without zod.
 */
import { z } from 'zod'
import { TenantId } from '../ids.ts'

/** The tenant, and the last entry of its trail. */
export const AuditDoorbell = z.object({ tenant: TenantId, seq: z.int().min(0) })
export interface AuditDoorbell {
  readonly tenant: string
  readonly seq: number
}
