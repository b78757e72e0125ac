/** Long demo answers without a model, for streaming and rendering offline. Pure. All content is computed or true. */
import { type Day, dayInWords, dayOf, daysInMonth, monthNames, toCivilDate, weekday } from './calendar.ts'
import { shorten } from './words.ts'

/** Words of a long answer: the default and the limit. */
const longAnswerWords = { default: 800, max: 5_000 } as const

/** A tour of Markdown or a long answer, if one is requested. */
export function demo(message: string, today: Day): string | undefined {
  const text = message.trim()
  if (/\b(?:show|give|demo|try|test|render)\b.{0,30}\bmarkdown\b|^(?:markdown|demo)(?: demo)?\s*[?.!]*$/i.test(text.slice(0, 200)))
    return tour(today)
  const match =
    /\b(?:long|lengthy|(\d{2,6})[- ]words?)\b.{0,20}\b(?:answer|text|essay|story|article|reply|message)\b(?:.{0,20}?\b(?:about|on|of)\s+(.+))?/i.exec(
      text.slice(0, 300),
    )
  if (match === null || !/^(?:please |can you |could you |now )*(?:write|give|show|tell|make|produce|send|stream|a |an )/i.test(text))
    return undefined
  const length = /\b(\d{2,6})[- ]words?\b/i.exec(text)?.[1] ?? match[1]
  return longAnswer(match[2], Math.min(longAnswerWords.max, Number(length ?? longAnswerWords.default)), today)
}

const tour = (today: Day): string => `# A tour of markdown

I am the **builtin responder**: a fixed program, *not* a language model. This text is always the same, but for the calendar; it is here so that you can see how an answer looks while it streams.

## Lists

1. First comes the question.
2. Then the answer, word by word.
   - It may be stopped at any word.
   - It may be read again from any word.
3. Last comes the record of it.

- [x] headings, lists, tables, code
- [ ] a language model

## A table

| expression | value |
| --- | ---: |
| \`2^64\` | 18446744073709551616 |
| \`0.1 + 0.2\` | 0.3 |
| \`15% of 240\` | 36 |

## Code

\`\`\`ts
/** The first \`count\` prime numbers. */
export function primes(count: number): number[] {
  const found: number[] = []
  for (let candidate = 2; found.length < count; candidate++) {
    if (found.every((prime) => candidate % prime !== 0)) found.push(candidate)
  }
  return found
}
\`\`\`

Inline code looks like \`primes(5)\`, and gives \`[2, 3, 5, 7, 11]\`.

## A quotation

> Begin at the beginning, and go on till you come to the end: then stop.
>
> Lewis Carroll, *Alice's Adventures in Wonderland*

${characters}

${calendar(today)}

---

That is all. A [link](https://www.rfc-editor.org/rfc/rfc2324) for the road.
`

const characters = `## Characters that are easily broken

| what | looks like | UTF-16 units |
| --- | --- | ---: |
| an emoji | 😀 | ${'😀'.length} |
| a family joined of three | 👩‍👩‍👧 | ${'👩‍👩‍👧'.length} |
| a flag of two letters | 🇳🇿 | ${'🇳🇿'.length} |
| a wave with a skin tone | 👋🏽 | ${'👋🏽'.length} |
| e with a combining acute | e\u0301 | ${'e\u0301'.length} |
| a stack of marks | o\u0302\u0323 | ${'o\u0302\u0323'.length} |
| Hebrew, right to left | שלום | ${'שלום'.length} |
| Devanagari | नमस्ते | ${'नमस्ते'.length} |
| Chinese | 你好 | ${'你好'.length} |`

/** The current month as a table. */
function calendar(today: Day): string {
  const { year, month, day } = toCivilDate(today)
  const first = dayOf({ year, month, day: 1 }) ?? today
  // Weeks begin on Monday (ISO 8601).
  const cells = [
    ...Array<string>((weekday(first) + 6) % 7).fill(' '),
    ...Array.from({ length: daysInMonth(year, month) }, (_, index) => (index + 1 === day ? `**${day}**` : String(index + 1))),
  ]
  const weeks = Array.from(
    { length: Math.ceil(cells.length / 7) },
    (_, week) => `| ${Array.from({ length: 7 }, (_, column) => cells[week * 7 + column] ?? ' ').join(' | ')} |`,
  )
  return `## ${monthNames[month - 1]} ${year}\n\n| Mo | Tu | We | Th | Fr | Sa | Su |\n| ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n${weeks.join('\n')}\n\nToday is ${dayInWords(today)}.`
}

function longAnswer(topic: string | undefined, length: number, today: Day): string {
  const subject = topic === undefined ? '' : shorten(topic.replace(/[?.!\s]+$/, ''), 80)
  const title = subject === '' ? '# A long answer' : `# Not quite about ${subject}`
  const subjectPhrase = subject === '' ? 'on any subject' : `about “${subject}”`
  const parts = [
    `${title}\n\nI am the builtin responder: a fixed program without a language model. I know nothing ${subjectPhrase} and will not pretend to. What I can do is answer at length, with things that are true, so that you can watch a long answer stream, scroll, stop it, reload the page and find it again.`,
    characters,
    calendar(today),
  ]
  let words = parts.reduce((sum, part) => sum + countWords(part), 0)
  for (let chapter = 1; words < length; chapter++) {
    const part = numberFacts(chapter)
    parts.push(part)
    words += countWords(part)
  }
  parts.push('## The end\n\nThat is all. Connect a language model (`SOMA_MODEL_BASE_URL`) for answers about the world.')
  return `${parts.join('\n\n')}\n`
}

const countWords = (text: string): number => text.split(/\s+/).length

/** Facts about ten numbers. Each chapter has the next ten. */
function numberFacts(chapter: number): string {
  const from = (chapter - 1) * 10 + 1
  const lines = Array.from({ length: 10 }, (_, index) => {
    const number = from + index
    return `- **${number}** ${number === 1 ? 'is the unit' : isPrime(number) ? 'is prime' : `is ${factors(number).join(' × ')}`}; its square is ${number * number}, its cube ${number ** 3}, and in binary it is \`${number.toString(2)}\`.`
  })
  return `## The numbers from ${from} to ${from + 9}\n\n${lines.join('\n')}`
}

const isPrime = (number: number): boolean => factors(number).length === 1

/** The prime factors of a number above 1, in ascending order. */
function factors(number: number): number[] {
  for (let factor = 2; factor * factor <= number; factor++) if (number % factor === 0) return [factor, ...factors(number / factor)]
  return [number]
}
