/** Asks again until there is an answer. Throws when there is none in time. */
export async function until<T>(ask: () => Promise<T | undefined>, withinMs = 40_000): Promise<T> {
  const giveUpAt = Date.now() + withinMs
  while (true) {
    const answer = await ask()
    if (answer !== undefined) return answer
    if (Date.now() > giveUpAt) throw new Error(`nothing within ${withinMs} ms`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}
