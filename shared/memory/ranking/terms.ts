/** The terms of a text for a search by keywords: stems without stop words; pairs of characters for scripts without spaces. Pure. */
import { stem } from './stem.ts'

/** Words that say nothing about a topic. */
const stopWords: ReadonlySet<string> = new Set(
  `a about after again all also am an and any are as at be because been before being both but by can could did do does doing down during each
  few for from further had has have having he her here hers him his how i if in into is it its itself just me more most my no nor not now of
  off on once only or other our out over own same she should so some such than that the their them then there these they this those through
  to too under until up very was we were what when where which while who whom why will with would you your yours
  s t d ll m re ve don didn doesn isn wasn aren couldn wouldn shouldn hasn haven hadn won ain let get got
  der die das und oder ein eine einen einem einer ist sind war ich du er sie es wir ihr mein meine dein deine mit von zu auf für nicht wie
  was wo wer wann welche welcher welches im am den dem des auch`.split(/\s+/),
)

const wordPattern = /[\p{L}\p{M}\p{N}]+/gu
/** Scripts whose words have no spaces between them. */
const unspaced = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Hangul}]/u

/** The terms of `text`, in order. */
export function termsOf(text: string): string[] {
  const terms: string[] = []
  for (const word of text.normalize('NFKC').toLowerCase().match(wordPattern) ?? []) {
    if (unspaced.test(word)) terms.push(...pairsOf(word))
    else if (!stopWords.has(word)) terms.push(stem(word))
  }
  return terms
}

function pairsOf(word: string): string[] {
  const characters = [...word]
  if (characters.length < 2) return characters
  return characters.slice(1).map((character, index) => `${characters[index]}${character}`)
}
