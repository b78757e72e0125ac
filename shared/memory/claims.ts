/**
 * Claims in the user's own words: a subject, an attribute, a qualifier and a value. Pure rules, without a model. Each claim is a span of
 * the text, so the text itself supports it.
 */
import { termsOf } from './ranking/terms.ts'
import { type Span, statementsOf } from './statements.ts'

/** What a text says about its speaker, or about somebody of theirs. */
export interface Claim {
  /** `user`, or who or what it is about, such as `sister`. */
  readonly subject: string
  readonly attribute: string
  /** What the attribute is of: two claims with different qualifiers do not exclude each other. */
  readonly qualifier: string
  /** As terms. A later claim with another value takes the place of this one. */
  readonly value: string
  /** The sentence, and its place in the text. */
  readonly span: Span
}

interface Rule {
  readonly attribute: string
  readonly pattern: RegExp
  /** The value, if the pattern has none: what is liked is the qualifier. */
  readonly value?: string
}

/** A value ends before a mark, or before words that add something else. */
const end =
  '(?=$|[.,;:!?()"\\n]|\\s+(?:and|but|because|since|so|when|while|who|which|although|now|these days|nowadays|again|any ?more|instead|at the moment|today|lately|currently|last|as|this|every|after|in|at|on|und|aber|weil|seit|jetzt|nun|inzwischen|statt)\\b)'
const value = `(?<value>[^.,;:!?()"\\n]{1,60}?)${end}`
const what = `(?<what>[^.,;:!?()"\\n]{1,60}?)${end}`
const adverb = "(?:(?:now|just|recently|currently|actually|finally|also|still|have|had|'ve|’ve|jetzt|nun)\\s+)*"
const rule = (attribute: string, pattern: string, fixed?: string): Rule => ({
  attribute,
  pattern: new RegExp(`(?:^|[^\\p{L}])${pattern}`, 'iu'),
  ...(fixed !== undefined && { value: fixed }),
})
const am = "(?:i\\s+am|i'm|i’m)"
/** Nouns that a person has one of. */
const single =
  'address|birthday|job|title|role|employer|company|boss|manager|wife|husband|partner|girlfriend|boyfriend|doctor|dentist|teacher|car|bike|bicycle|laptop|computer|phone|editor|browser|bank|school|university|team|project|timezone|time zone|diet|budget|deadline|height|weight|size|shoe size|nationality|native language|hometown|city|flat|apartment|gym|commute|hobby|instrument|goal|landlord|neighbour|neighbor'

const rules: readonly Rule[] = [
  rule(
    'favourite',
    `my\\s+(?:current\\s+|new\\s+)?favou?rite\\s+(?<what>[\\p{L} -]{2,40}?)\\s+(?:is|are|was|has become|became)\\s+${adverb}${value}`,
  ),
  rule(
    'favourite',
    `(?<value>[\\p{L}\\p{N} '-]{2,60}?)\\s+(?:is|are|has become|became)\\s+${adverb}my\\s+(?:new\\s+)?favou?rite\\s+${what}`,
  ),
  rule('favourite', `mein(?:e|er)?\\s+(?:liebste[rs]?\\s+|lieblings-?)(?<what>[\\p{L}-]{2,40}?)\\s+ist\\s+${adverb}${value}`),
  rule('name', `my\\s+name\\s+is\\s+${adverb}${value}`),
  rule('name', `(?:ich\\s+heiße|ich\\s+heisse)\\s+${adverb}${value}`),
  rule('name', `(?:everyone|everybody|people|friends)\\s+calls?\\s+me\\s+${value}`),
  rule('home', `i\\s+${adverb}live\\s+${adverb}in\\s+${value}`),
  rule('home', `i(?:\\s+|'ve\\s+|’ve\\s+)${adverb}(?:moved|relocated)\\s+(?:from\\s+[\\p{L} -]{2,40}?\\s+)?to\\s+${value}`),
  rule('home', `${am}\\s+${adverb}(?:based|living)\\s+in\\s+${value}`),
  rule('home', `ich\\s+(?:wohne|lebe)\\s+${adverb}in\\s+${value}`),
  rule('home', `ich\\s+bin\\s+${adverb}(?:von\\s+[\\p{L} -]{2,40}?\\s+)?nach\\s+(?<value>[\\p{L} -]{2,40}?)\\s+(?:gezogen|umgezogen)`),
  rule('employer', `i\\s+${adverb}work\\s+${adverb}(?:at|for)\\s+${value}`),
  rule('employer', `${am}\\s+${adverb}working\\s+(?:at|for)\\s+${value}`),
  rule('employer', `i\\s+${adverb}(?:joined|started\\s+at)\\s+${value}`),
  rule('employer', `ich\\s+arbeite\\s+${adverb}(?:bei|für)\\s+${value}`),
  rule('profession', `i\\s+${adverb}work\\s+${adverb}as\\s+(?:an?\\s+|the\\s+)?${value}`),
  rule('profession', `ich\\s+arbeite\\s+${adverb}als\\s+${value}`),
  rule(
    'age',
    `(?:${am}|i\\s+${adverb}turned)\\s+${adverb}(?<value>\\d{1,3})(?:\\s+years?\\s+old)?(?=$|[.,;:!?]|\\s+(?:and|now|years?|today|yesterday)\\b)`,
  ),
  rule('preference', `i\\s+${adverb}prefer\\s+(?<value>[^.,;:!?()"\\n]{1,60}?)\\s+for\\s+${what}`),
  rule(
    'likes',
    `i\\s+(?:do\\s+not|don't|don’t|no\\s+longer|stopped)\\s+(?:like|love|enjoy|eat|drink|liking|eating|drinking)\\s+${what}`,
    'no',
  ),
  rule('likes', `i\\s+(?:hate|dislike|cannot\\s+stand|can't\\s+stand|can’t\\s+stand|gave\\s+up|quit)\\s+${what}`, 'no'),
  rule('likes', `i\\s+${adverb}(?:really\\s+)?(?:like|love|enjoy|eat|drink)\\s+${what}`, 'yes'),
  rule('allergy', `${am}\\s+(?:not|no\\s+longer)\\s+allergic\\s+to\\s+${what}`, 'no'),
  rule('allergy', `${am}\\s+${adverb}allergic\\s+to\\s+${what}`, 'yes'),
  rule('has', `my\\s+(?:new\\s+|current\\s+)?(?<what>${single})\\s+(?:is|are|has become|became)\\s+${adverb}${value}`),
]
/** The name, home or work of somebody or something of the user. */
const othersRules: readonly Rule[] = [
  rule('name', `my\\s+(?<who>[\\p{L} -]{2,30}?)\\s+(?:is|are|was)\\s+${adverb}(?:called|named)\\s+${value}`),
  rule('name', `my\\s+(?<who>[\\p{L}-]{2,30}?)(?:'s|’s)\\s+name\\s+is\\s+${value}`),
  rule('home', `my\\s+(?<who>[\\p{L}-]{2,30}?)\\s+${adverb}lives\\s+${adverb}in\\s+${value}`),
  rule('home', `my\\s+(?<who>[\\p{L}-]{2,30}?)\\s+${adverb}moved\\s+to\\s+${value}`),
  rule('employer', `my\\s+(?<who>[\\p{L}-]{2,30}?)\\s+${adverb}works\\s+(?:at|for)\\s+${value}`),
]

/** A text without these words has no claim. */
const speaker = /(?:^|[^\p{L}])(?:i|my|me|ich|mein\w*)(?:[^\p{L}]|$)/iu

const inTerms = (text: string): string => termsOf(text).join(' ')

/** The claims of `text`, in order. A sentence has at most one about each attribute. */
export const claimsIn = (text: string): Claim[] => (speaker.test(text) ? statementsOf(text).flatMap(claimsOf) : [])

function claimsOf(span: Span): Claim[] {
  const found = new Map<string, Claim>()
  for (const { attribute, pattern, value: fixed } of [...othersRules, ...rules]) {
    const { who, what = '', value = '' } = pattern.exec(span.text)?.groups ?? {}
    const claim = {
      subject: who === undefined ? 'user' : inTerms(who),
      attribute,
      qualifier: inTerms(what),
      value: fixed ?? inTerms(value),
      span,
    }
    if (claim.value === '' || claim.subject === '' || (fixed !== undefined && claim.qualifier === '')) continue
    const key = `${claim.subject}/${attribute}`
    if (!found.has(key)) found.set(key, claim)
  }
  return [...found.values()]
}

/** Words that ask for an attribute, so that a question finds a claim that does not use them. */
export const attributeWords: Readonly<Record<string, string>> = {
  favourite: 'favourite favorite best prefer',
  name: 'name called',
  home: 'home live city town address residence from move wohnen',
  employer: 'employer company work job',
  profession: 'profession job work occupation',
  age: 'age old years',
  preference: 'prefer preference',
  likes: 'like love enjoy hate',
  allergy: 'allergy allergic',
  has: '',
}
