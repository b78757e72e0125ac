/** The keys that tokens are signed with, and who may get one. One object for the platform's keys. */
import { DurableObject } from 'cloudflare:workers'

export class Issuer extends DurableObject<StateEnv> {}
