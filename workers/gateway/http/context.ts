/** The bindings and variables of a gateway request. */
import type { Context } from 'hono'
import type { Principal } from '../../../shared/identity/principal.ts'
import type { Subject } from '../../../shared/ids.ts'
import type { Failure } from '../../../shared/problem.ts'

/** The types of hono's context. */
export interface Gateway {
  Bindings: GatewayEnv
  Variables: {
    requestId: string
    /** The methods of the request's path. Undefined: no route has this path. */
    allowedMethods: readonly string[] | undefined
    /** Why the body was refused while it was read. */
    refusedBody: Failure | undefined
    /** The credential in another header, as `authorization` would hold it. */
    keyHeader: string | undefined
    principal: Principal
    /** The owner of the request's session; without one, the principal. The policy has allowed the access. */
    sessionOwner: Subject
    /** Repeats the policy decision with current attributes. A stream may outlive a share. */
    reauthorize: () => Promise<boolean>
  }
}

/** The context of a gateway request. */
export type GatewayContext = Context<Gateway>
