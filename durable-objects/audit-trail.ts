/** What was decided and changed in a tenant, each entry chained to the one before by its hash. One object per tenant. */
import { DurableObject } from 'cloudflare:workers'

export class AuditTrail extends DurableObject<StateEnv> {}
