/** Removes network access from a global scope. Rego has none. So a faulty builtin cannot reach it either. */
export function closeNetwork(scope: Record<string, unknown>): void {
  for (const name of ['fetch', 'WebSocket', 'EventSource'])
    if (name in scope)
      scope[name] = () => {
        throw new Error(`the sandbox has no network: ${name}`)
      }
}
