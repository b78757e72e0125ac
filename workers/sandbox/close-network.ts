/** Removes network access from a global scope. Rego has none. This is for a builtin with a fault. */
export function closeNetwork(scope: Record<string, unknown>): void {
  for (const name of ['fetch', 'WebSocket', 'EventSource'])
    if (name in scope)
      scope[name] = () => {
        throw new Error(`the sandbox has no network: ${name}`)
      }
}
