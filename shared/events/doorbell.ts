/** The message that wakes a consumer. Portable. */
import { z } from 'zod'
import { SessionId } from '../ids.ts'

/** A queue message: this session has events to read, up to at least `seq`. `request` is the gateway's request behind it, for logs. */
export const Doorbell = z.object({ tenant: z.string(), session: SessionId, seq: z.int().min(1), request: z.string().optional() })
export type Doorbell = z.infer<typeof Doorbell>
