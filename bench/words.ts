/** The model's words. Each contains its index, so that lost and duplicate words are found. Some are not ASCII. */
export const word = (index: number): string => (index % 7 === 6 ? `wörd${index}👍 ` : `word${index} `)

/** An answer of `words` words. */
export const answer = (words: number): string => Array.from({ length: words }, (_, index) => word(index)).join('')
/** The message that makes the model send `words` words, `rate` words per second. 0: all at once. */
export const question = (words: number, rate: number): string => `[[words=${words} rate=${rate}]]`
