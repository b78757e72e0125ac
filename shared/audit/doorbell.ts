/** Says that a tenant's trail has something to copy, not what. Apart from the trail itself, which browsers follow too. */
import { z } from 'zod'
import { TenantId } from '../ids.ts'

export const AuditDoorbell = z.object({ tenant: TenantId, seq: z.int().min(0) })
export interface AuditDoorbell {
  readonly tenant: string
  readonly seq: number
}
