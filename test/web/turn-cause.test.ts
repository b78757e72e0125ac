/** The app has words of its own for the failures that the server records often. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { causeOf, causes, isForOperators } from '../../web/src/chat/turn/turn-cause.ts'
import { shown } from '../../web/src/strings/current.ts'
import { german } from '../../web/src/strings/de/index.ts'

const initial = shown.get()
afterEach(() => shown.set(initial))

const root = join(import.meta.dirname, '../..')
/** The code that writes the sentences. */
const written = [
  ...readdirSync(join(root, 'workers/conversation/models')).map((name) => `workers/conversation/models/${name}`),
  'shared/context/prompt.ts',
  'shared/json-schema/response-format.ts',
  'shared/settings/model-access.ts',
  'shared/turn/run.ts',
  'shared/problem-texts.ts',
]
  .filter((file) => file.endsWith('.ts'))
  .map((file) => readFileSync(join(root, file), 'utf8'))
  .join('\n')

describe('The cause of a failed turn', () => {
  it('is the server’s sentence in English', () => {
    expect(causeOf('The model returned an empty answer.')).toBeNull()
  })

  it.each([
    ['Token budget exceeded for this persona/tenant. This tenant has too little left of today’s tokens.', 'budget'],
    ['The policy does not allow `model.call`: the hour is wrong.', 'policy'],
    ['The model provider refused our key (401). An administrator must check the key of this server.', 'key'],
    ['The account with the model provider has no quota left (402).', 'quota'],
    ['The model provider limits the request rate (429). Tried 5 times.', 'busy'],
    ['The model provider has a problem at the moment (503).', 'unavailable'],
    ['The model endpoint cannot be reached. Tried 5 times.', 'unavailable'],
    ['The answer broke off: the model endpoint closed the connection before it was finished.', 'unavailable'],
    ['The model profile `fast` is limited to 10 tokens per minute.', 'busy'],
    ['The endpoint of `fast` failed 10 times in a row and is not called for 9 s.', 'unavailable'],
    ['This workspace does not allow `fast`.', 'notAllowed'],
    [
      'The answer does not follow the JSON Schema `city`: `/name` is missing. Make the schema simpler, or choose another model.',
      'wrongForm',
    ],
    ['The instructions have about 9,000 tokens, and `fast` has room for 4096. Shorten them.', 'noRoom'],
    ['The conversation has become too long for this model.', 'tooLongConversation'],
  ] as const)('of “%s” is %s', (reason, cause) => {
    shown.set({ language: 'de', locale: 'de', tables: german })
    expect(causeOf(reason)).toBe(german.chat.causes[cause])
  })

  it('is looked up only by parts of sentences that the server still writes', () => {
    const parts = causes.flatMap(([pattern]) => pattern.source.replaceAll('^', '').split('|'))
    expect(parts.filter((part) => !new RegExp(part).test(written))).toEqual([])
  })

  it('hides the variables of the server from its users in both languages', () => {
    const reason = 'The model sent nothing for 30 s (SOMA_MODEL_BETWEEN_TOKENS_MS), so the request was stopped.'
    expect([isForOperators(reason), causeOf(reason)]).toEqual([true, 'The model cannot be reached at the moment.'])
    expect(isForOperators('The model returned an empty answer.')).toBe(false)
  })

  it('is unknown for another sentence', () => {
    shown.set({ language: 'de', locale: 'de', tables: german })
    expect(causeOf('Something of tomorrow happened.')).toBeNull()
  })
})
