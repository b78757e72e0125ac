/** What a tenant has settled: its settings, secrets (sealed), relations and policy. One object per tenant, named by its id; the only writer. */
import { DurableObject } from 'cloudflare:workers'

export class Tenant extends DurableObject<StateEnv> {}
