/** The start of a text. `length`: UTF-16 units. */
export const excerpt = (text: string, length: number): string => (text.length > length ? `${text.slice(0, length).toWellFormed()}…` : text)
