/**
 * The builtin responder's answer to a conversation. Pure and deterministic: the clock is the request's `at`. The first skill that
 * recognizes the message answers it. If none does, the answer says so and lists the skills.
 */
import type { ModelRequest } from '../model.ts'
import { arithmetic } from './arithmetic.ts'
import { localTime } from './calendar.ts'
import { dates } from './dates.ts'
import { demo } from './demo.ts'
import { bullets, earlierMessages, impliedRecall, isQuestion, keySentences, namesIn, recall, related, summary } from './recall.ts'
import { quote, sentences } from './words.ts'

/** The answer to the last message of `request`. */
export function respond(request: ModelRequest): string {
  const last = request.messages.findLastIndex(({ role }) => role === 'user')
  const message = request.messages[last]?.text.trim() ?? ''
  const before = earlierMessages(request.messages.slice(0, Math.max(0, last)))
  const zone = request.metadata.time_zone
  return (
    smallTalk(message) ??
    demo(message, localTime(request.at, zone || 'UTC').today) ??
    summary(message, before) ??
    recall(message, before) ??
    dates(message, { at: request.at, zone }) ??
    arithmetic(message) ??
    introduction(message) ??
    impliedRecall(message, before) ??
    fallbackAnswer(message, related(message, before))
  )
}

const selfDescription =
  'I am Soma’s builtin responder: a fixed program, not a language model. I run offline, and what I say follows from this conversation and the clock.'

const help = `${selfDescription} I can:

- **calculate**: \`17 * 23\`, \`15% of 240\`, \`(1,250 + 80) / 7\`, \`2^64\`
- **calculate with dates**: \`what time is it\`, \`what day is 2026-12-25\`, \`how many days until 1 March\`, \`what date is 90 days after 2026-01-15\`
- **find what you said**: \`what did I say about trains\`, \`what is my name\`, \`what was my first message\`
- **summarize** our conversation, or a text after \`summarize:\`, by picking its main sentences
- **show** how answers look: \`show me markdown\`, \`write a long answer about rivers\`

For anything else, connect a language model: set \`SOMA_MODEL_BASE_URL\` to any OpenAI-compatible endpoint.`

/** Greetings, thanks, and questions about the responder. */
function smallTalk(message: string): string | undefined {
  const text = message.slice(0, 200)
  if (
    /^(?:\/?help|\?+|what can you do|what do you do|how (?:do|can) (?:i use (?:you|this)|you help(?: me)?)|(?:can you )?help(?: me)?)\s*(?:please)?\s*[?.!]*$/i.test(
      text,
    )
  )
    return help
  if (
    /^(?:so |and |but )?(?:who|what)(?:['’]?re| are) you\b|\bare you (?:an? )?(?:ai|human|bot|robot|person|real|language model|llm|chatgpt|gpt|claude|model)\b|\bwhich (?:language )?model\b/i.test(
      text,
    )
  )
    return help
  if (
    /^(?:hi|hello|hey|good (?:morning|afternoon|evening|day)|greetings|howdy|moin|servus|hallo)(?: there| soma| everyone| again)?\s*[,.!]*\s*(?:how are you)?\s*[?.!]*$/i.test(
      text,
    )
  ) {
    return `Hello! ${selfDescription} Say \`help\` to see what I can do.`
  }
  if (/^(?:thanks|thank you|thx|cheers|great|nice|perfect)(?: so much| very much| a lot)?\s*[.!]*$/i.test(text)) return 'You are welcome.'
  if (/^(?:bye|goodbye|see you|good night)(?: later)?\s*[.!]*$/i.test(text))
    return 'Goodbye. What was said here stays recorded in this conversation.'
  return undefined
}

/** `My name is …`, alone or within a message. */
function introduction(message: string): string | undefined {
  if (message.length > 300 || isQuestion(message)) return undefined
  const name = namesIn(message).at(-1)
  return name && `Hello ${name}. Ask me “what is my name?” later in this conversation, and I will find it.`
}

/** A long message is answered with its main sentences. A short one is not repeated. */
const minSentencesToShorten = 5

function fallbackAnswer(message: string, matches: readonly string[]): string {
  const parts = [
    isQuestion(message)
      ? 'I am the builtin responder, a fixed program without a language model, so I cannot answer that.'
      : 'I am the builtin responder, a fixed program without a language model, so I cannot discuss this. It is recorded, and I can find it again when you ask what you said about it.',
  ]
  const messageSentences = sentences(message)
  if (messageSentences.length >= minSentencesToShorten)
    parts.push(`The main sentences of your message:\n\n${bullets(keySentences(messageSentences))}`)
  if (matches.length > 0)
    parts.push(`From earlier in this conversation, you said:\n\n${matches.map((sentence) => `- ${quote(sentence)}`).join('\n')}`)
  parts.push(
    'I can do arithmetic, dates, quotations from this conversation and summaries; say `help` for examples. For everything else, connect a language model (`SOMA_MODEL_BASE_URL`).',
  )
  return parts.join('\n\n')
}
