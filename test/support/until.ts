/** Repeats `attempt` until it returns a value. Throws after `withinMs`. */
export async function until<T>(attempt: () => Promise<T | undefined>, withinMs = 40_000): Promise<T> {
  const giveUpAt = Date.now() + withinMs
  while (true) {
    const value = await attempt()
    if (value !== undefined) return value
    if (Date.now() > giveUpAt) throw new Error(`no value within ${withinMs} ms`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}
