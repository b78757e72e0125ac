/** Removes network access from a global scope, so that a faulty builtin of Rego has none. */
export function closeNetwork(scope: Record<string, unknown>): void {
  for (const name of ['fetch', 'WebSocket', 'EventSource'])
    if (name in scope)
      scope[name] = () => {
        throw new Error(`the sandbox has no network: ${name}`)
      }
}
