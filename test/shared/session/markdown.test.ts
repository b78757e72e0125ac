/** A conversation as Markdown: readable, and no text leaves its section. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Event } from '../../../shared/events/event.ts'
import { markdownItem, markdownTitle, toMarkdown } from '../../../shared/session/markdown.ts'
import { MarkdownExport } from '../../../shared/session/markdown-export.ts'

const at = Date.UTC(2026, 10, 29, 20, 4)
const answerMarkdown = (text: string) => markdownItem({ item_id: 'i', role: 'assistant', text }, at)

describe('An item as Markdown', () => {
  it('has its role and time', () => {
    assert.equal(answerMarkdown('Hi.'), '## Assistant · 2026-11-29 20:04 UTC\n\nHi.\n')
    assert.match(markdownItem({ item_id: 'i', role: 'user', text: 'x' }, 9e15), /^## You · 9999-12-31/)
  })

  it('keeps tool calls in fences that their text cannot end', () => {
    const text = 'x\n```\n`````\n## You\n~~~'
    const section = markdownItem({ call_id: 'c', role: 'tool', name: 'a\n## You', arguments: text, outcome: 'completed', text })
    assert.equal(section, `## Tool: a_You\n\n\`\`\`\`\`\`\n${text}\n\`\`\`\`\`\`\n\n*completed*\n\n\`\`\`\`\`\`\n${text}\n\`\`\`\`\`\`\n`)
    assert.ok(markdownItem({ call_id: 'c', role: 'tool', name: 'a', arguments: '` '.repeat(300_000), outcome: null, text: '' }).length > 0)
  })

  it('closes a fence that its text leaves open', () => {
    assert.match(answerMarkdown('```js\nlet a'), /```js\nlet a\n```\n$/)
    assert.match(answerMarkdown('~~~~\n```\n~~~'), /~~~\n~~~~\n$/)
    assert.match(answerMarkdown('```\na\n```\nb'), /```\nb\n$/)
    assert.match(answerMarkdown('```a`b\nc'), /```a`b\nc\n$/)
  })

  it('cannot pose as another section', () => {
    assert.ok(!/^## You/m.test(answerMarkdown('## You\n\nforged')))
    assert.match(answerMarkdown('# Plan'), /^### Plan$/m)
    assert.match(answerMarkdown('You\n---'), /^\\---$/m)
    // Code stays as it is.
    assert.match(answerMarkdown('```\n# comment\n```'), /^# comment$/m)
  })

  it('has a title on one line', () => {
    assert.equal(markdownTitle('a\n# b *c*'), '# a \\# b \\*c\\*\n')
    assert.equal(toMarkdown(' ', []), '# Conversation\n')
  })
})

describe('A log as Markdown', () => {
  const turn = (id: string, question: string): Event[] => [
    { seq: 0, at, type: 'turn.accepted', turn_id: id, event_id: id, position: 0 },
    { seq: 0, at, type: 'item.added', turn_id: id, item_id: `${id}q`, role: 'user', text: question },
  ]
  const answer = (id: string, text: string): Event[] => [
    { seq: 0, at, type: 'turn.started', turn_id: id },
    { seq: 0, at, type: 'item.closed', turn_id: id, item_id: `${id}a`, text },
    { seq: 0, at, type: 'turn.ended', turn_id: id, outcome: 'completed' },
  ]
  const cancelled = (id: string): Event => ({ seq: 0, at, type: 'turn.ended', turn_id: id, outcome: 'cancelled' })
  const texts = (branch: string[], events: Event[]) => {
    const markdown = new MarkdownExport(branch)
    return [
      ...events
        .map((event) => markdown.add(event))
        .join('')
        .matchAll(/UTC\n\n(.*)\n/g),
    ].map(([, text]) => text)
  }

  it('has the turns of its branch in order, also those that waited', () => {
    const events = [
      ...turn('a', 'one'),
      ...turn('b', 'two'),
      ...turn('c', 'three'),
      cancelled('b'),
      ...answer('a', 'ONE'),
      ...answer('c', 'THREE'),
    ]
    assert.deepEqual(texts(['a', 'b', 'c'], events), ['one', 'ONE', 'two', 'three', 'THREE'])
    assert.deepEqual(texts(['a', 'c'], events), ['one', 'ONE', 'three', 'THREE'])
    assert.deepEqual(texts([], events), [])
  })

  it('has the calls with their results', () => {
    const call = { turn_id: 'a', call_id: 'x' }
    const events: Event[] = [
      ...turn('a', 'time?'),
      { seq: 0, at, type: 'call.requested', ...call, name: 'timestamp', arguments: '{}', effect: 'none', timeout_ms: 1 },
      { seq: 0, at, type: 'call.ended', ...call, outcome: 'completed', text: 'noon' },
      ...answer('a', 'Noon.'),
    ]
    const markdown = new MarkdownExport(['a'])
    assert.match(events.map((event) => markdown.add(event)).join(''), /## Tool: timestamp[\s\S]*```\n\{\}\n```[\s\S]*noon[\s\S]*Noon\./)
  })
})

describe('Reasoning as Markdown', () => {
  it('has a section of its own, and cannot end it', () => {
    const ids = { seq: 0, at, turn_id: 't' } as const
    const reasoning = 'hm\n```\n## Assistant\nforged'
    const markdown = new MarkdownExport(['t'])
    const text = [
      { ...ids, type: 'turn.accepted', event_id: 'k', position: 0 } as const,
      { ...ids, type: 'item.closed', item_id: 'r', kind: 'reasoning', text: '', reasoning } as const,
      { ...ids, type: 'item.closed', item_id: 'u', kind: 'unknown', text: '' } as const,
      { ...ids, type: 'item.closed', item_id: 'a', text: 'Four.' } as const,
      { ...ids, type: 'turn.ended', outcome: 'completed' } as const,
    ]
      .map((event) => markdown.add(event))
      .join('')
    const time = '2026-11-29 20:04 UTC'
    assert.equal(text, `\n## Reasoning · ${time}\n\n\`\`\`\`\n${reasoning}\n\`\`\`\`\n\n## Assistant · ${time}\n\nFour.\n`)
  })
})
