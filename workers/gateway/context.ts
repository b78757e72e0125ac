/** What every route of the gateway finds in its context. */
import type { Context } from 'hono'
import type { Principal } from '../../shared/ids.ts'

export interface Gateway {
  Bindings: GatewayEnv
  Variables: { requestId: string; principal: Principal }
}

export type GatewayContext = Context<Gateway>
