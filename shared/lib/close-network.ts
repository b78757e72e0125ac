/** Removes network access from the global scope of a Worker that runs untrusted code: a faulty builtin or engine has none. */
export function closeNetwork(scope: Record<string, unknown>): void {
  for (const name of ['fetch', 'WebSocket', 'EventSource'])
    if (name in scope)
      scope[name] = () => {
        throw new Error(`the sandbox has no network: ${name}`)
      }
}
