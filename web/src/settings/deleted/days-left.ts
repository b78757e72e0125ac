const dayMs = 86_400_000

/** The time until a deleted conversation is erased, in words. Both are Unix ms. */
export function daysLeft(eraseAt: number, now: number): string {
  const days = Math.ceil((eraseAt - now) / dayMs)
  // The time beyond 30 days spreads the work of the server.
  const shown = Math.min(days, 30)
  if (shown <= 1) return 'less than a day left'
  return `${shown} days left`
}
