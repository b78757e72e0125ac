/** A guess at what text costs a model, for when nobody counted. */

/** Letters, digits and punctuation that tokenizers pack some four to a token: Latin, Greek, Cyrillic, and their marks. */
const packed = /[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Mark}\p{Number}\p{Punctuation}\p{Symbol}\s]/u

/**
 * Roughly the tokens of `text`: four characters to a token in alphabets, one for any other character (CJK, Thai, Devanagari).
 * Byte-pair tokenizers differ from each other by more than the error made here; never bill by it.
 */
export function estimateTokens(text: string): number {
  let quarters = 0
  for (const character of text) {
    const ascii = character.length === 1 && character.charCodeAt(0) < 0x80
    quarters += ascii ? 1 : character.length > 1 ? 8 : packed.test(character) ? 1 : 4
  }
  return Math.ceil(quarters / 4)
}

/** What each message costs besides its text: its role and the marks around it, as chat templates write them. */
export const messageTokens = 4

/** Roughly the tokens of a conversation sent as context. */
export const estimateContextTokens = (texts: readonly string[]): number =>
  texts.reduce((sum, text) => sum + messageTokens + estimateTokens(text), 0)
