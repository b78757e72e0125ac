/** What every route of the gateway finds in its context. */
import type { Context } from 'hono'
import type { Principal, Subject } from '../../shared/ids.ts'

export interface Gateway {
  Bindings: GatewayEnv
  Variables: {
    requestId: string
    principal: Principal
    /** Whose session the request is about: the principal's own, or that of whoever shared it. The policy has allowed it. */
    as: Subject
    /** Until when what was shared may be read without asking again, Unix ms; absent: it is the principal's own. */
    sharedUntil?: number
  }
}

export type GatewayContext = Context<Gateway>
