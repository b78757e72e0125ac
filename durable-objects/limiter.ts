/** Counters that must not be exceeded: limits of requests, budgets of tokens and money. Sharded by tenant and what is counted. */
import { DurableObject } from 'cloudflare:workers'

export class Limiter extends DurableObject<StateEnv> {}
