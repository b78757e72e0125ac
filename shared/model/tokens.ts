/** Estimates the tokens of text without a tokenizer. Pure. */

/** Characters that take about a quarter of a token: Latin, Greek and Cyrillic letters, their marks, digits and punctuation. */
const alphabetic = /[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Mark}\p{Number}\p{Punctuation}\p{Symbol}\s]/u

/**
 * Estimated tokens of `text`: four characters per token in alphabets, one for any other character (CJK, Thai, Devanagari). Tokenizers
 * differ by more than this error. Never bill by it.
 */
export function estimateTokens(text: string): number {
  let quarters = 0
  for (const character of text) {
    const isAscii = character.length === 1 && character.charCodeAt(0) < 0x80
    quarters += isAscii ? 1 : character.length > 1 ? 8 : alphabetic.test(character) ? 1 : 4
  }
  return Math.ceil(quarters / 4)
}

/** Estimated cost of one message without its text: its role and separators in a chat template. */
export const messageTokens = 4

/** Estimated tokens of a conversation as context. */
export const estimateContextTokens = (texts: readonly string[]): number =>
  texts.reduce((sum, text) => sum + messageTokens + estimateTokens(text), 0)
