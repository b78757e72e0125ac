/** What the model says: words that tell their place, so that one that is lost or doubled shows; some are more than ASCII. */
export const word = (index: number): string => (index % 7 === 6 ? `wörd${index}👍 ` : `word${index} `)

/** An answer of `words` words, and the message that asks for it at `rate` words a second (0: all at once). */
export const answer = (words: number): string => Array.from({ length: words }, (_, index) => word(index)).join('')
export const question = (words: number, rate: number): string => `[[words=${words} rate=${rate}]]`
