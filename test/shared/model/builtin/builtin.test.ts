import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { builtin } from '../../../../shared/model/builtin/builtin.ts'
import { nextStep } from '../../../../shared/model/builtin/next-step.ts'
import { respond } from '../../../../shared/model/builtin/respond.ts'
import { sentences, shorten, terms, words } from '../../../../shared/model/builtin/words.ts'
import type { ModelMessage } from '../../../../shared/model/model.ts'
import { estimateContextTokens, estimateTokens } from '../../../../shared/model/tokens.ts'
import type { ToolSpec } from '../../../../shared/tool/tool.ts'

const at = Date.UTC(2026, 10, 20, 12)

/** The answer to `message` after the user sent `earlier`. */
function ask(message: string, earlier: readonly string[] = []): string {
  const before = earlier.flatMap((text): ModelMessage[] => [
    { role: 'user', text },
    { role: 'assistant', text: 'Noted: trains, boats, London.' },
  ])
  return respond({ messages: [...before, { role: 'user', text: message }], tools: [], metadata: { time_zone: 'Europe/Berlin' }, at })
}

const conversation = [
  'My name is Ada Lovelace and I live in London.',
  'I like trains. My favourite colour is green.',
  'Trains in Japan are always on time.',
  'The meeting is on 12 December.',
  'My favourite colour is blue now.',
  'What is the capital of France?',
]

describe('The builtin responder', () => {
  it('states what it is and what it can do', () => {
    for (const message of ['help', 'Help!', '?', 'who are you?', 'are you an AI?', 'what can you do?']) {
      expect(ask(message)).toMatch(/a fixed program, not a language model/)
      expect(ask(message)).toContain('`17 * 23`')
    }
    expect(ask('hello')).toContain('Say `help`')
  })

  it('calculates with numbers and dates', () => {
    expect(ask('What is 17 * 23?')).toContain('**391**')
    expect(ask('what time is it?')).toContain('**13:00** on Friday, 20 November 2026, in Europe/Berlin (UTC+01:00)')
  })

  it.each([
    ['what is my name?', 'Your name is **Ada Lovelace**'],
    ['Do you remember my name?', 'Your name is **Ada Lovelace**'],
    ['what did I say about Japan?', 'You said: “Trains in Japan are always on time.”'],
    ['What did I tell you about my favorite color?', '- “My favourite colour is green.”\n- “My favourite colour is blue now.”'],
    ['what is my favorite color?', 'You said: “My favourite colour is blue now.”'],
    ['Where do I live?', 'You said: “My name is Ada Lovelace and I live in London.”'],
    ['when is the meeting?', 'You said: “The meeting is on 12 December.”'],
    ['did I mention trains?', '- “I like trains.”'],
    ['what was my first message?', 'You said: “My name is Ada Lovelace and I live in London.”'],
    ['what was my last question?', 'You said: “What is the capital of France?”'],
    ['what do you know about me?', '- “I like trains.”'],
  ])('answers “%s” from earlier messages', (message, expected) => {
    expect(ask(message, conversation)).toContain(expected)
  })

  it("quotes only the user's messages", () => {
    expect(ask('what did I say about boats?', conversation)).toBe('I find nothing about “boats” in what I can see of this conversation.')
    expect(ask('what is my name?', ['hello'])).toContain('You have not told me your name')
    expect(ask('what is my name?', ['my name is not important'])).toContain('You have not told me your name')
    expect(ask('what is my shoe size?', conversation)).toContain('You have not told me')
  })

  it('remembers the latest name', () => {
    expect(ask('what is my name?', ['My name is Bob.', 'Actually, my name’s Zoë van der Berg, sorry'])).toContain('**Zoë van der Berg**')
    expect(ask('My name is Grace. What is my name?')).toContain('**Grace**')
    expect(ask('my name is Grace')).toContain('Hello Grace.')
  })

  it("summarizes in the conversation's own sentences", () => {
    const all = conversation.flatMap(sentences)
    const summary = ask('Summarize our conversation', conversation)
      .split('\n')
      .filter((line) => line.startsWith('- '))
      .map((line) => line.slice(2))
    expect(summary.length).toBeGreaterThanOrEqual(3)
    for (const sentence of summary) expect(all).toContain(sentence)
    expect(ask('summarize: The cat ate fish. Fish is dear. It rained. The cat likes fish and rain. Dogs bark.')).toContain(
      '- The cat likes fish and rain.',
    )
    expect(ask('summarize')).toContain('There is nothing to summarize')
  })

  it('states what it cannot do, and shows what it found', () => {
    expect(ask('Why is the sky blue?')).toMatch(/without a language model, so I cannot answer that/)
    expect(ask('Why are trains in Norway so slow?', conversation)).toContain('“Trains in Japan are always on time.”')
    expect(ask('What is the capital of France?', ['I went to France once.'])).toMatch(/cannot answer that[\s\S]*“I went to France once.”/)
  })

  it('shows Markdown, and a long answer on request', () => {
    const tour = ask('show me markdown')
    for (const piece of ['\n## ', '\n1. ', '\n- [x] ', '\n| --- |', '```ts\n', '\n> ', '👩‍👩‍👧', 'e\u0301', '**20**'])
      expect(tour).toContain(piece)
    const longAnswer = ask('Please write a long answer about rivers')
    expect(longAnswer).toMatch(/^# Not quite about rivers\n/)
    expect(longAnswer.length).toBeGreaterThan(2_000)
    const essay = ask('write a 2000 word essay on otters')
    expect(essay.split(/\s+/).length).toBeGreaterThanOrEqual(2_000)
    expect(ask('write a 999999 word essay').length).toBeLessThan(60_000)
    expect(essay).toContain('- **51** is 3 × 17; its square is 2601, its cube 132651, and in binary it is `110011`.')
    expect(essay).toContain('- **53** is prime;')
  })

  it('is deterministic, and never throws', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'grapheme', maxLength: 200 }), { maxLength: 5 }),
        fc.string({ unit: 'binary', maxLength: 300 }),
        (earlier, message) => {
          const answer = ask(message, earlier)
          expect(answer).toBe(ask(message, earlier))
          expect(answer).not.toBe('')
        },
      ),
      { numRuns: 200 },
    )
    expect(respond({ messages: [], tools: [], metadata: {}, at })).toContain('builtin responder')
  })

  it('answers the largest message within a second', () => {
    const startedAt = performance.now()
    for (const piece of [
      'what is ',
      'my name is ',
      'what did I say about ',
      'a. ',
      'summarize ',
      '\n',
      'write long ',
      '2026-01-01 ',
      'how many days until ',
    ])
      ask(piece.repeat(32_000 / piece.length), conversation)
    expect(performance.now() - startedAt).toBeLessThan(3_000)
  })

  it('cuts an answer that is longer than its limit', async () => {
    const read = async (maxTokens: number) => {
      const chunks: string[] = []
      const request = { messages: [{ role: 'user', text: 'help' }], tools: [], metadata: {}, at } as const
      for await (const chunk of builtin({ wordMs: 0, maxTokens }).answer(request, new AbortController().signal))
        chunks.push(chunk.type === 'text' ? chunk.text : chunk.type)
      return chunks
    }
    const whole = await read(10_000)
    expect(whole).not.toContain('cut')
    const cut = await read(5)
    expect(cut.at(-1)).toBe('cut')
    expect(whole.slice(0, cut.length - 1)).toEqual(cut.slice(0, -1))
    expect(cut.length).toBeGreaterThan(2)
  })

  it('streams word by word, and stops when it is aborted', async () => {
    const abort = new AbortController()
    const chunks: string[] = []
    const answer = (async () => {
      for await (const chunk of builtin({ wordMs: 5 }).answer(
        { messages: [{ role: 'user', text: 'help' }], tools: [], metadata: {}, at },
        abort.signal,
      )) {
        if (chunk.type === 'text') chunks.push(chunk.text)
        if (chunks.length === 5) abort.abort(new Error('stopped'))
      }
    })()
    await expect(answer).rejects.toThrow('stopped')
    expect(chunks).toEqual(['I ', 'am ', 'Soma’s ', 'builtin ', 'responder: '])
  })
})

describe('The builtin responder with tools', () => {
  const spec = (name: string): ToolSpec => ({ name, description: '', parameters: {}, effect: 'none', timeout_ms: 1 })
  const ask = (text: string, since: ModelMessage[] = []) =>
    nextStep({ messages: [{ role: 'user', text }, ...since], tools: [spec('echo'), spec('timestamp')], metadata: {}, at })
  const step = (...texts: string[]): ModelMessage[] => [
    { role: 'assistant', text: '', calls: texts.map((_, index) => ({ call_id: `${index}`, name: 'echo', arguments: '' })) },
    ...texts.map((text, index): ModelMessage => ({ role: 'tool', call_id: `${index}`, text })),
  ]

  it('calls them step by step, and reports their results', () => {
    const text = '/tool echo {"text":"a"}\n/tool timestamp\nthen\n/tool echo {"text":"b"}'
    expect(ask(text)).toEqual({
      text: '',
      calls: [
        { name: 'echo', arguments: '{"text":"a"}' },
        { name: 'timestamp', arguments: '' },
      ],
    })
    expect(ask(text, step('a', 'now')).calls).toEqual([{ name: 'echo', arguments: '{"text":"b"}' }])
    expect(ask(text, [...step('a', 'now'), ...step('b')])).toEqual({ text: 'The tools say:\n\n- a\n- now\n- b', calls: [] })
    expect(ask('/tool echo {}', step('a'))).toEqual({ text: 'The tool says: a', calls: [] })
  })

  it('lists the tools when the name is unknown', () => {
    expect(ask('/tool fly')).toEqual({ text: 'There is no tool `fly`. There are `echo`, `timestamp`.', calls: [] })
  })

  it('calls nothing that is only mentioned', () => {
    expect(ask('What does /tool echo do?').calls).toEqual([])
    expect(ask('Try this:\n/tool echo {}').calls).toEqual([])
  })
})

describe('Words', () => {
  it('equal the whole text when joined, and cut no character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), (text) => {
        const pieces = [...words(text)]
        expect(pieces.join('')).toBe(text)
        for (const piece of pieces) expect(piece.isWellFormed()).toBe(true)
      }),
    )
    expect([...words('Ça va? 👩‍👩‍👧 e\u0301t')]).toEqual(['Ça ', 'va? 👩‍👩‍👧 ', 'e\u0301t'])
  })

  it('compare without case, accents, plurals and spelling', () => {
    expect(terms('My favourite COLOURS')).toEqual(terms('the favorite color'))
    expect(terms('I lived in cafés')).toEqual(terms('living at the cafe'))
    expect(terms('Ada’s trains')).toEqual(terms('ada train'))
    expect(terms('I visited Rome, I need a thing')).toEqual(terms('visiting Rome need thing'))
    expect(terms('what is the')).toEqual([])
  })

  it('are shortened at graphemes', () => {
    expect(shorten('👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧', 2)).toBe('👩‍👩‍👧👩‍👩‍👧…')
    expect(shorten('a  b\nc', 10)).toBe('a b c')
  })
})

describe('A token estimate', () => {
  it('is four letters per token, or one in scripts that are not packed', () => {
    expect([estimateTokens(''), estimateTokens('hello world'), estimateTokens('你好吗')]).toEqual([0, 3, 3])
    expect(estimateContextTokens(['hello', ''])).toBe(4 + 2 + 4)
  })
})
