/** The context that every route of the gateway finds. */
import type { Context } from 'hono'
import type { Principal } from '../../../shared/identity/principal.ts'
import type { Subject } from '../../../shared/ids.ts'

export interface Gateway {
  Bindings: GatewayEnv
  Variables: {
    requestId: string
    principal: Principal
    /** Whose session the request is about: the principal's own, or that of whoever shared it. The policy has allowed it. */
    as: Subject
    /** Asks the policy once more for what it has allowed, as things stand by then: a stream may outlive a share. */
    askedAgain: () => Promise<boolean>
  }
}

export type GatewayContext = Context<Gateway>
