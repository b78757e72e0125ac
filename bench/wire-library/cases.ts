/** The cases of the misbehaving provider, as `test/workers/conversation/models/providers.test.ts` checks them. */
import { defaultTimeouts } from '../../shared/turn/run.ts'
import { startMisbehavingProvider, strictProviders } from '../../test/support/misbehaving-provider.ts'
import type { ProviderCase } from '../../test/support/provider-cases/provider-case.ts'
import { cases } from '../../test/support/provider-cases.ts'
import { Conversation, type Turn } from '../../test/workers/conversation/models/conversation.ts'
import type { Library } from './libraries.ts'

const apiKey = 'sk-canary-0123456789'
const timeouts = { ...defaultTimeouts, retryMs: [5, 5] }
const shortTimeouts = { ...timeouts, firstTokenMs: 2_000, betweenTokensMs: 1_000, keepAliveMs: 4_000 }
const concurrency = 8

/** The number of right cases and of all cases, and the names of the wrong ones. */
export interface Count {
  readonly right: number
  readonly all: number
  readonly wrong: readonly string[]
}

const isGood = ({ outcome, text }: Turn): boolean => outcome === 'completed' && text === 'Hello world.'

function isExpected(turn: Turn, expected: ProviderCase, hasLeak: boolean): boolean {
  const text = expected.text ?? (expected.outcome === 'completed' ? 'Hello world.' : '')
  return (
    turn.outcome === expected.outcome &&
    turn.text === text &&
    turn.truncated === expected.truncated &&
    (expected.reason?.test(turn.reason ?? '') ?? true) &&
    (expected.detail?.test(turn.detail ?? '') ?? true) &&
    JSON.stringify(turn.calls) === JSON.stringify(expected.calls ?? []) &&
    (expected.results ?? []).every((result, index) => result.test(turn.results[index] ?? '')) &&
    !hasLeak
  )
}

/** Runs each case, then a valid turn. After each fault, runs three further turns at each strict provider. */
export async function countCases(library: Library): Promise<Count> {
  const provider = await startMisbehavingProvider()
  const openConversation = (path: string, { kind, model = 'm', maxTokens }: ProviderCase) => {
    const endpoint = { baseURL: `${provider.url}${path}/v1`, model: `${model}-${crypto.randomUUID().slice(0, 8)}`, apiKey }
    return new Conversation(library.model(endpoint), kind === 'K7' ? shortTimeouts : timeouts, maxTokens)
  }
  const single = Object.entries(cases).map(([name, expected]) => ({
    name,
    async run() {
      const conversation = openConversation('', expected)
      const turn = await conversation.send(`${crypto.randomUUID()} case:${name}`)
      const hasLeak = JSON.stringify([turn, conversation.log]).includes(apiKey)
      return isExpected(turn, expected, hasLeak) && isGood(await conversation.send('further case:ok'))
    },
  }))
  const faults = Object.entries(cases).filter(
    ([name, { kind, outcome, calls }]) =>
      name === 'ok' || (calls && kind !== 'K7') || (outcome === 'failed' && ['K1', 'K4', 'think'].includes(kind)),
  )
  const strict = strictProviders.flatMap((path) =>
    faults.map(([name, fault]) => ({
      name: `${path}/${name}`,
      async run() {
        const conversation = openConversation(`/${path}`, fault)
        await conversation.send(`case:${name}`)
        for (const text of ['second case:ok', 'third', 'fourth']) if (!isGood(await conversation.send(text))) return false
        return true
      },
    })),
  )
  const waiting = [...single, ...strict]
  const wrong: string[] = []
  const runRemaining = async () => {
    for (let providerCase = waiting.shift(); providerCase; providerCase = waiting.shift()) {
      const isRight = await providerCase.run().catch(() => false)
      if (!isRight) wrong.push(providerCase.name)
    }
  }
  await Promise.all(Array.from({ length: concurrency }, runRemaining))
  await provider.close()
  const all = single.length + strict.length
  return { right: all - wrong.length, all, wrong: wrong.sort() }
}
