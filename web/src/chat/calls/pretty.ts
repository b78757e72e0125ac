/** The arguments of a call as text. Pure. */

/** Indents JSON; returns other text unchanged. */
export function pretty(json: string): string {
  try {
    return JSON.stringify(JSON.parse(json || '{}'), null, 2)
  } catch {
    return json
  }
}

/** A part of the arguments. `name`: of a text with several lines, such as a program; null: the other arguments, as JSON. */
export interface ArgumentPart {
  readonly name: string | null
  readonly text: string
}

/** The arguments in parts that can be read: a text with several lines stands alone, without the escapes of JSON. */
export function argumentParts(json: string): readonly ArgumentPart[] {
  const whole = [{ name: null, text: reveal(pretty(json)) }]
  let value: unknown
  try {
    value = JSON.parse(json || '{}')
  } catch {
    return whole
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return whole
  const entries = Object.entries(value)
  const long = entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string' && entry[1].includes('\n'))
  if (long.length === 0) return whole
  const rest = Object.fromEntries(entries.filter(([, one]) => typeof one !== 'string' || !one.includes('\n')))
  return [
    ...(Object.keys(rest).length === 0 ? [] : [{ name: null, text: reveal(JSON.stringify(rest, null, 2)) }]),
    ...long.map(([name, text]) => ({ name: reveal(name), text: reveal(text) })),
  ]
}

/** Characters that change how a text looks and not what it does: directions, marks without a width. Joiners of letters and emoji are none. */
const hidden = /(?![\u200c\u200d])[\p{Cf}\u2028\u2029]/gu

/** Shows hidden characters as their code points, so that nobody approves a text that reads as another one. */
export const reveal = (text: string): string => text.replace(hidden, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`)

/** Why a text cannot be the arguments of a call. Null: it can. The server checks them against the tool. */
export function objectProblem(text: string): 'not_json' | 'not_object' | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? null : 'not_object'
  } catch {
    return 'not_json'
  }
}
