/** The forms of an idempotency key. Pure. */

/** A quoted string (RFC 8941 §3.3.3), as the IETF draft of `Idempotency-Key` has it. */
const quotedString = /^"((?:[\x20-\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"$/

/** The key of a header's value. A quoted key equals the same key without quotes. */
export function unquotedKey(value: string): string {
  const inner = quotedString.exec(value.trim())?.[1]
  return inner === undefined ? value : inner.replaceAll(/\\(["\\])/g, '$1')
}

/** `key` in quotes. Logs of earlier releases hold a quoted key in this form. */
export const quotedKey = (key: string): string => `"${key.replaceAll(/["\\]/g, '\\$&')}"`
