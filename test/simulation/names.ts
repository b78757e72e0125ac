/** The one session of a simulation, its tenant and its owner. */
import { SessionId, Subject, TenantId } from '../../shared/ids.ts'

export const tenant = TenantId.parse('acme')
export const session = SessionId.parse('s')
export const alice = Subject.parse('alice')
