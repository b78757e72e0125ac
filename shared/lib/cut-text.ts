/** `text` with at most `units` UTF-16 units. A surrogate pair stays whole. */
export const cutText = (text: string, units: number): string =>
  text.length <= units ? text : text.slice(0, units).replace(/[\ud800-\udbff]$/, '')
