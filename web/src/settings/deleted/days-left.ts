const dayMs = 86_400_000
/** The time beyond 30 days only spreads the work of the server. */
const maxDays = 30

/** Days until a deleted conversation is erased, started ones included: 0 if less than one is left. Both are Unix ms. */
export const daysLeft = (eraseAt: number, now: number): number =>
  eraseAt - now < dayMs ? 0 : Math.min(Math.ceil((eraseAt - now) / dayMs), maxDays)
