/** What the fake model says: `word0 word1 …`, now and then with a combining mark and a family emoji, which are easily broken. */
export const fakeWord = (index: number): string => (index % 7 === 6 ? `wo\u0308rd${index}👩‍👩‍👧 ` : `word${index} `)

/** The first `tokens` words. */
export const fakeText = (tokens: number): string => Array.from({ length: tokens }, (_, index) => fakeWord(index)).join('')
