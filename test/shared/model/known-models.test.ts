import { equal, ok } from 'node:assert/strict'
import { describe, it } from 'node:test'
import { knownModel, knownModels } from '../../../shared/model/known-models.ts'

describe('The table of known models', () => {
  it('names the source and the date of each fact', () => {
    for (const [name, { sources }] of knownModels) {
      ok(sources.length > 0, name)
      for (const { address, seen } of sources) {
        ok(URL.canParse(address) && address.startsWith('https://'), `${name}: ${address}`)
        ok(/^20\d\d-\d\d-\d\d$/.test(seen), `${name}: ${seen}`)
      }
    }
  })

  it('has windows that hold an answer, and input that fits the window', () => {
    for (const [name, { windowTokens, inputTokens = 0, outputTokens }] of knownModels) {
      ok(outputTokens > 0 && outputTokens <= windowTokens && inputTokens < windowTokens, name)
      equal(name, name.toLowerCase())
    }
  })

  for (const [written, known] of [
    ['gpt-4o', 'gpt-4o'],
    ['gpt-4o-2024-08-06', 'gpt-4o'],
    ['GPT-4.1-mini-2025-04-14', 'gpt-4.1-mini'],
    ['openai/gpt-5', 'gpt-5'],
    ['anthropic/claude-sonnet-4-5', 'claude-sonnet-4-5'],
    ['claude-opus-4-1-20250805', 'claude-opus-4-1'],
    ['claude-haiku-4-5@20251001', 'claude-haiku-4-5'],
    ['models/gemini-2.5-flash', 'gemini-2.5-flash'],
    ['gpt-5.1-chat-latest', 'gpt-5.1-chat'],
    [' mistral-large-latest ', 'mistral-large-latest'],
  ] as const)
    it(`knows ${JSON.stringify(written)} as ${known}`, () => {
      ok(knownModels.has(known))
      equal(knownModel(written), knownModels.get(known))
    })

  it('keeps a snapshot with facts of its own', () => {
    equal(knownModel('gpt-4o-2024-05-13')?.outputTokens, 4_096)
  })

  for (const name of [
    undefined,
    '',
    'm',
    'gpt-4o-finetuned',
    'someone/gpt-4o',
    'gpt-4o:free',
    'llama3.1',
    'constructor',
    'gpt-40',
    'gpt-5.1-mini',
  ])
    it(`does not know ${JSON.stringify(name)}`, () => equal(knownModel(name), undefined))
})
