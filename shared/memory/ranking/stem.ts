/** Stems of English words: the algorithm of M. F. Porter (1980), "An algorithm for suffix stripping". Pure. */

const consonant = '[^aeiou]'
const vowel = '[aeiouy]'
const consonants = `${consonant}[^aeiouy]*`
const vowels = `${vowel}[aeiou]*`
/** The measure of a stem is above 0, is 1, is above 1. */
const measured = new RegExp(`^(${consonants})?${vowels}${consonants}`)
const measuredOnce = new RegExp(`^(${consonants})?${vowels}${consonants}(${vowels})?$`)
const measuredTwice = new RegExp(`^(${consonants})?${vowels}${consonants}${vowels}${consonants}`)
const hasVowel = new RegExp(`^(${consonants})?${vowel}`)
const doubled = /([^aeiouylsz])\1$/
const shortEnd = new RegExp(`^${consonants}${vowel}[^aeiouwxy]$`)

const second: Readonly<Record<string, string>> = {
  ational: 'ate',
  tional: 'tion',
  enci: 'ence',
  anci: 'ance',
  izer: 'ize',
  bli: 'ble',
  alli: 'al',
  entli: 'ent',
  eli: 'e',
  ousli: 'ous',
  ization: 'ize',
  ation: 'ate',
  ator: 'ate',
  alism: 'al',
  iveness: 'ive',
  fulness: 'ful',
  ousness: 'ous',
  aliti: 'al',
  iviti: 'ive',
  biliti: 'ble',
  logi: 'log',
}
const third: Readonly<Record<string, string>> = { icate: 'ic', ative: '', alize: 'al', iciti: 'ic', ical: 'ic', ful: '', ness: '' }
const ending = (suffixes: readonly string[]): RegExp => new RegExp(`^(.+?)(${suffixes.join('|')})$`)
const secondEnding = ending(Object.keys(second))
const thirdEnding = ending(Object.keys(third))
const fourthEnding = /^(.+?)(al|ance|ence|er|ic|able|ible|ant|ement|ment|ent|ou|ism|ate|iti|ous|ive|ize)$/

/** The stem of a word in lower case. A word of two letters is its own. */
export function stem(word: string): string {
  if (word.length < 3 || !/^[a-z]+$/.test(word)) return word
  // A y at the start is a consonant.
  let result = word.startsWith('y') ? `Y${word.slice(1)}` : word
  result = result.replace(/^(.+?)(ss|i)es$/, '$1$2').replace(/^(.+?)([^s])s$/, '$1$2')
  result = withoutPast(result)
  const y = /^(.+?)y$/.exec(result)
  if (y?.[1] && hasVowel.test(y[1])) result = `${y[1]}i`
  result = replaceEnding(replaceEnding(result, secondEnding, second), thirdEnding, third)
  const fourth = fourthEnding.exec(result) ?? /^(.+?[st])(ion)$/.exec(result)
  if (fourth?.[1] && measuredTwice.test(fourth[1])) result = fourth[1]
  const final = /^(.+?)e$/.exec(result)?.[1]
  if (final && (measuredTwice.test(final) || (measuredOnce.test(final) && !shortEnd.test(final)))) result = final
  if (result.endsWith('ll') && measuredTwice.test(result)) result = result.slice(0, -1)
  return result.toLowerCase()
}

function withoutPast(word: string): string {
  const agreed = /^(.+?)eed$/.exec(word)
  if (agreed?.[1]) return measured.test(agreed[1]) ? word.slice(0, -1) : word
  const root = /^(.+?)(ed|ing)$/.exec(word)?.[1]
  if (!root || !hasVowel.test(root)) return word
  if (/(at|bl|iz)$/.test(root)) return `${root}e`
  if (doubled.test(root)) return root.slice(0, -1)
  return shortEnd.test(root) ? `${root}e` : root
}

function replaceEnding(word: string, pattern: RegExp, table: Readonly<Record<string, string>>): string {
  const [, root, suffix] = pattern.exec(word) ?? []
  const replacement = suffix === undefined ? undefined : table[suffix]
  return root !== undefined && replacement !== undefined && measured.test(root) ? root + replacement : word
}
