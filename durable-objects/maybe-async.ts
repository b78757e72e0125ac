/** A port as an object implements it: a method may return at once, because over RPC every call is asynchronous. */
export type MaybeAsync<Port> = {
  [K in keyof Port]: Port[K] extends (...args: infer A) => Promise<infer R> ? (...args: A) => R | Promise<R> : never
}

/** A port as its callers see it over RPC. */
export type Async<Port> = {
  [K in keyof Port]: Port[K] extends (...args: infer A) => infer R ? (...args: A) => Promise<Awaited<R>> : never
}
