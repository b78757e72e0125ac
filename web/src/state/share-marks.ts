/** Which shared conversations the user was notified of, and which they opened. Pure. Ids, oldest first. */

/** More than a list holds. */
const maxIds = 200

/** `ids` and the new ones of `added`. The oldest are dropped. */
export const withIds = (ids: readonly string[], added: readonly string[]): readonly string[] =>
  [...ids, ...added.filter((id) => !ids.includes(id))].slice(-maxIds)

/** The listed conversations that the user has not opened. */
export const unreadIds = (listed: readonly string[], opened: readonly string[]): ReadonlySet<string> =>
  new Set(listed.filter((id) => !opened.includes(id)))
