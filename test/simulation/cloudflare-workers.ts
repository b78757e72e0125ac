/** What the objects import from the platform, for a run outside of it. */

export class DurableObject<Env = unknown> {
  readonly ctx: DurableObjectState
  readonly env: Env

  constructor(ctx: DurableObjectState, env: Env) {
    this.ctx = ctx
    this.env = env
  }
}
