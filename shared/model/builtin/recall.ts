/** Finds and quotes earlier messages of the conversation. Pure. It quotes and draws no conclusions. */
import type { ModelMessage } from '../model.ts'
import { centralSentences, rank } from './rank.ts'
import { oneLine, quote, sentences, shorten, terms } from './words.ts'

/** Sentences that a search reads. Of a longer conversation, the last ones. */
const searchedSentences = 2_000

/** The user's messages before the one being answered. */
export interface EarlierMessages {
  readonly messages: readonly string[]
  readonly sentences: readonly string[]
}

/** The user's messages among `messages`, with their sentences. */
export function earlierMessages(messages: readonly ModelMessage[]): EarlierMessages {
  const texts = messages.filter(({ role }) => role === 'user').map(({ text }) => text)
  const recent: string[] = []
  for (const message of texts.toReversed()) {
    if (recent.length >= searchedSentences) break
    recent.push(...sentences(message).toReversed())
  }
  return { messages: texts, sentences: recent.slice(0, searchedSentences).toReversed() }
}

const scopePhrase = 'in what I can see of this conversation'

/** The answer to a question about what was said; `undefined` for any other message. */
export function recall(message: string, before: EarlierMessages): string | undefined {
  const text = oneLine(message).slice(0, 400)
  return nameAnswer(text, message, before) ?? ordinalAnswer(text, before) ?? topicAnswer(text, before) ?? possessionAnswer(text, before)
}

const asksName = /\bwhat(?:['’]?s| is| was) my name\b|\bwho am i\b|\b(?:know|remember|recall|tell me|say) my name\b|\bwhat am i called\b/i
/** The phrases that introduce a name. */
const namePhrase = /\b(?:my name(?:['’]s| is)|i am called|i['’]m called|(?:please |you can )?call me|i go by)\s+/gi

function nameAnswer(text: string, message: string, before: EarlierMessages): string | undefined {
  if (!asksName.test(text)) return undefined
  const userName = [...before.sentences, ...sentences(message)].flatMap(namesIn).at(-1)
  if (userName !== undefined) return `Your name is **${userName}**: you told me so.`
  return `You have not told me your name ${scopePhrase}. Say “my name is …” and I can find it again.`
}

/** The names that `sentence` introduces. */
export function namesIn(sentence: string): string[] {
  return Array.from(sentence.matchAll(namePhrase), (match) => {
    const rest = sentence.slice((match.index ?? 0) + match[0].length)
    // One word and the capitalized words after it: “Ada Lovelace and …” gives “Ada Lovelace”.
    const name = /^["“']?(\p{L}[\p{L}\p{M}'’.-]*(?: (?:(?:van|von|de|der|den|da|di|la|le|bin|al) )*\p{Lu}[\p{L}\p{M}'’.-]*){0,4})/u.exec(
      rest,
    )?.[1]
    return name?.replace(/['’.-]+$/, '') ?? ''
  }).filter(
    (name) => name !== '' && !/^(?:not|unknown|nothing|when|if|what|a|an|the|back|later|tomorrow|crazy|anything|whatever)$/i.test(name),
  )
}

function ordinalAnswer(text: string, before: EarlierMessages): string | undefined {
  const match =
    /\bwhat (?:was|were) my (first|last|previous|second|third) (?:message|question|sentence|words?|request)\b|\bwhat did i (?:just |)(?:say|ask|write)(?: you)? ?(first|last|before|just now|earlier|)\s*[?.!]*$/i.exec(
      text,
    )
  if (match === null) return undefined
  const ordinal = (match[1] ?? match[2] ?? '').toLowerCase()
  const index = ordinal === 'first' ? 0 : ordinal === 'second' ? 1 : ordinal === 'third' ? 2 : -1
  const earlierMessage = before.messages.at(index)
  if (earlierMessage === undefined) return `There is no such message of yours ${scopePhrase}.`
  return `You said: ${quote(earlierMessage)}`
}

const asksAbout =
  /\b(?:what (?:did|have|had) (?:i|we)(?: just| already| ever)? (?:say|said|tell you|told you|mention|mentioned|write|written|ask|asked|talk|talked|discuss|discussed)(?: to you| earlier| before)? ?(?:about|on|of|regarding|concerning)|(?:did|have) (?:i|we)(?: ever| already)? (?:say|said|mention|mentioned|talk|talked)(?: anything| something)?(?: about| of)?|remind me (?:of|about)(?: what i said about)?|what do you (?:know|remember) about|where did i (?:mention|say)|find (?:what|where) i said (?:about )?|quote (?:me|what i said) (?:on|about))\s+(.+?)\s*[?.!]*$/i

function topicAnswer(text: string, before: EarlierMessages): string | undefined {
  const topic = asksAbout.exec(text)?.[1]
  if (topic === undefined) return undefined
  if (/^(?:me|myself|us)$/i.test(topic)) return aboutUser(before)
  const earlierStatements = statements(before)
  const matches = rank(topic, earlierStatements).slice(0, 5)
  if (matches.length === 0) return `I find nothing about “${shorten(topic, 80)}” ${scopePhrase}.`
  return quoteAll(matches.sort((a, b) => a.index - b.index).map(({ index }) => earlierStatements[index] ?? ''))
}

function aboutUser(before: EarlierMessages): string {
  const ownStatements = statements(before)
    .filter((sentence) => /\b(?:i|i['’]m|my|mine|we|our)\b/i.test(sentence))
    .slice(-10)
  return ownStatements.length === 0 ? `You have told me nothing about yourself ${scopePhrase}.` : quoteAll(ownStatements)
}

/** `what is my …`: the last sentence with all its terms, because people correct themselves. */
function possessionAnswer(text: string, before: EarlierMessages): string | undefined {
  const topic = /\b(?:what|which|who|when|where)(?:['’]?s| is| are| was| were)\s+(?:the name of )?(?:my|our)\s+(.+?)\s*[?.!]*$/i.exec(
    text,
  )?.[1]
  if (topic === undefined) return undefined
  const earlierStatements = statements(before)
  const matches = rank(topic, earlierStatements)
  const completeMatches = matches.filter(({ coverage }) => coverage === 1).sort((a, b) => b.index - a.index)
  const best = completeMatches[0] ?? matches[0]
  if (best === undefined) return `You have not told me ${scopePhrase}.`
  return `You said: ${quote(earlierStatements[best.index] ?? '')}`
}

/** Earlier statements with every term of the question. */
export function impliedRecall(message: string, before: EarlierMessages): string | undefined {
  const text = oneLine(message)
  if (text.length > 300 || !isQuestion(text) || terms(text).length === 0) return undefined
  const earlierStatements = statements(before)
  const best = rank(text, earlierStatements).find(({ coverage }) => coverage === 1)
  return best && `You said: ${quote(earlierStatements[best.index] ?? '')}`
}

/** Earlier statements that share terms with `message`, best first. */
export function related(message: string, before: EarlierMessages): string[] {
  const earlierStatements = statements(before)
  const ownSentences = new Set(sentences(message))
  return rank(message.slice(0, 2_000), earlierStatements)
    .filter(({ coverage }) => coverage >= 0.3)
    .map(({ index }) => earlierStatements[index] ?? '')
    .filter((sentence) => !ownSentences.has(sentence))
    .slice(0, 3)
}

/** The user's statements, without questions. */
const statements = (before: EarlierMessages): readonly string[] =>
  before.sentences.filter((sentence) => !isQuestion(sentence) && !isRequest(sentence))

/** Whether a sentence is a question, by its mark or its first word. */
export const isQuestion = (sentence: string): boolean =>
  /[?？؟]["”’)]*\s*$/.test(sentence) || /^(?:what|when|where|who|whom|whose|which|why|how)(?:['’]s)?\s/i.test(sentence)

const isRequest = (sentence: string): boolean =>
  /^(?:please )?(?:summari[sz]e|show me|tell me|remind me|write (?:a|me)|calculate|help\b)/i.test(sentence)

const quoteAll = (matches: readonly string[]): string =>
  matches.length === 1
    ? `You said: ${quote(matches[0] ?? '')}`
    : `You said:\n\n${matches.map((sentence) => `- ${quote(sentence)}`).join('\n')}`

const asksSummary =
  /^(?:please |can you |could you )*(?:summari[sz]e|sum up|recap|tl;?dr|give me a summary|(?:a )?summary)\b|\bwhat (?:have|did) we (?:talk|talked|discuss|discussed|speak|spoken)(?: about)?(?: so far)?\s*[?.!]*$/i

/** A summary of a given text or of the conversation, from its most important sentences; `undefined` if none was requested. */
export function summary(message: string, before: EarlierMessages): string | undefined {
  const match = asksSummary.exec(message.trim())
  if (match === null) return undefined
  const source = sentences(/[:\n]([\s\S]*)$/.exec(message)?.[1] ?? message.trim().slice(match[0].length))
  if (source.length >= 3) return `The sentences that say most of it, of ${source.length}:\n\n${bullets(keySentences(source))}`
  const earlierStatements = statements(before)
  if (earlierStatements.length === 0)
    return `There is nothing to summarize ${scopePhrase}. Put the text after “summarize:”, and I pick its main sentences.`
  const count = before.messages.length
  return `From your ${count === 1 ? 'message' : `${count} messages`} in this conversation, the main sentences:\n\n${bullets(keySentences(earlierStatements))}`
}

/** The main sentences of a text that is long enough to shorten. */
export function keySentences(allSentences: readonly string[]): string[] {
  const recent = allSentences.slice(-400)
  return centralSentences(recent, Math.min(6, Math.max(3, Math.ceil(recent.length / 3))))
}

/** The lines as a Markdown list. */
export const bullets = (lines: readonly string[]): string => lines.map((line) => `- ${shorten(line, 300)}`).join('\n')
