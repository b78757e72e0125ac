/** Why a turn failed, in the app's own words. The server's sentence is English, and names no code. */

import { chat } from '../../strings/chat.ts'
import { shown } from '../../strings/current.ts'

type Cause = keyof typeof chat.causes

/** Parts of the sentences that the server records, in order. `workers/conversation/models/` and `shared/turn/` have the whole ones. */
export const causes: readonly (readonly [RegExp, Cause])[] = [
  [/^Token budget exceeded/, 'budget'],
  [/^The budget cannot be checked/, 'budgetUnknown'],
  [/^The policy does not allow/, 'policy'],
  [/^This workspace does not allow/, 'notAllowed'],
  [/has room for/, 'noRoom'],
  [/does not follow the JSON Schema/, 'wrongForm'],
  [/^The model refused/, 'modelRefused'],
  [/returned an empty answer/, 'empty'],
  [/length limit|output limit/, 'tooLongAnswer'],
  [/content filter/, 'filtered'],
  [/has become too long/, 'tooLongConversation'],
  [/refused our key/, 'key'],
  [/no quota left/, 'quota'],
  [/limits the request rate|is limited to/, 'busy'],
  [
    /has a problem at the moment|cannot be reached|broke off|endpoint broke|error during the answer|so the request was stopped|times in a row and is not called/,
    'unavailable',
  ],
  [/sent something that is not|sent an event larger|^The model requested|is not complete/, 'malformed'],
  [/does not know this model|did not accept the request|address may be wrong|cannot be used/, 'misconfigured'],
]

/** Names a variable of the server. Only an operator can use such a sentence. */
export const isForOperators = (reason: string): boolean => /\bSOMA_[A-Z]/.test(reason)

/** The cause in the language of the page. Null: the server's sentence says it in that language, or the app has no words for it. */
export function causeOf(reason: string): string | null {
  if (shown.get().language === 'en' && !isForOperators(reason)) return null
  const cause = causes.find(([pattern]) => pattern.test(reason))?.[1]
  return cause === undefined ? null : chat.causes[cause]
}
