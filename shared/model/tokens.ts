/** Estimates the tokens of text without a tokenizer. Pure. */

/** Characters that take about a quarter of a token: Latin, Greek and Cyrillic letters, their marks, digits and punctuation. */
const alphabetic = /[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Mark}\p{Number}\p{Punctuation}\p{Symbol}\s]/u

/**
 * Estimated tokens of `text`: four characters per token in alphabets, one for any other character (CJK, Thai, Devanagari). Tokenizers
 * differ by more than this error. Never bill by it.
 */
export function estimateTokens(text: string): number {
  // One for each unit, and what another character than an alphabetic one has more.
  let quarters = text.length
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index)
    if (unit < 0x80) continue
    const isPair = (text.codePointAt(index) ?? 0) > 0xffff
    if (isPair) index += 1
    quarters += isPair ? 6 : extraQuarters(unit)
  }
  return Math.ceil(quarters / 4)
}

/** The extra quarters by UTF-16 unit. -1: not known yet. */
const knownExtras = new Int8Array(0x1_0000).fill(-1)

function extraQuarters(unit: number): number {
  const known = knownExtras[unit] ?? -1
  if (known >= 0) return known
  const extra = alphabetic.test(String.fromCharCode(unit)) ? 0 : 3
  knownExtras[unit] = extra
  return extra
}

/** Estimated cost of one message without its text: its role and separators in a chat template. */
export const messageTokens = 4

/** Estimated tokens of a conversation as context. */
export const estimateContextTokens = (texts: readonly string[]): number =>
  texts.reduce((sum, text) => sum + messageTokens + estimateTokens(text), 0)
