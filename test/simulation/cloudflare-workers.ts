/** The platform module of the objects, for a run outside the platform. */

export class DurableObject<Env = unknown> {
  readonly ctx: DurableObjectState
  readonly env: Env

  constructor(ctx: DurableObjectState, env: Env) {
    this.ctx = ctx
    this.env = env
  }
}
