/** What the fake model says: `word0 word1 …`, with something now and then that is easily broken. */
export const fakeWord = (index: number): string => (index % 7 === 6 ? `wörd${index}👩‍👩‍👧 ` : `word${index} `)

/** The first `tokens` words. */
export const fakeText = (tokens: number): string => Array.from({ length: tokens }, (_, index) => fakeWord(index)).join('')
