/** Parses JSON of an untrusted source. Pure. */

/** The value of `text`. Undefined: it is not JSON. */
export function tryParseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
