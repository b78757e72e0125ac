/** The fake model's words: `word0 word1 …`. Some have a combining mark or a family emoji, which break easily. */
export const fakeWord = (index: number): string => (index % 7 === 6 ? `wo\u0308rd${index}👩‍👩‍👧 ` : `word${index} `)

/** The first `tokens` words. */
export const fakeText = (tokens: number): string => Array.from({ length: tokens }, (_, index) => fakeWord(index)).join('')
