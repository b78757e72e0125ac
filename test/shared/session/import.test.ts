/** Files of other products become whole conversations, or are refused one by one. The samples are in `test/samples`. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import type { Event } from '../../../shared/events/event.ts'
import { Subject } from '../../../shared/ids.ts'
import { runToEnd } from '../../../shared/lib/steps.ts'
import { parseFile, readConversations } from '../../../shared/session/import/read-conversations.ts'
import { exportEvent } from '../../../shared/session/transfer.ts'

const bob = Subject.parse('bob')
const now = Date.UTC(2026, 0, 1)
const sample = (name: string) => readFileSync(new URL(`../../samples/${name}`, import.meta.url), 'utf8')

const read = (text: string) =>
  (readConversations(parseFile(text)) ?? assert.fail('no conversation')).map((conversation) => ({
    title: conversation.title,
    log: runToEnd(conversation.toLog(bob, now)),
  }))

/** What a person sees of a log, line by line. */
function visible(log: ReturnType<typeof read>[number]['log'] | undefined): string[] {
  assert.ok(log?.ok)
  return log.value.events.flatMap((event: Event) => {
    if (event.type === 'item.added') return `user: ${event.text}`
    if (event.type === 'item.closed') return `assistant: ${event.text}`
    if (event.type === 'call.requested') return `call: ${event.name} ${event.arguments}`
    if (event.type === 'call.ended') return `result: ${event.text}`
    return event.type === 'session.titled' ? `title: ${event.title}` : []
  })
}

describe("ChatGPT's conversations.json", () => {
  const [sourdough, rainfall, torn, pasted] = read(sample('chatgpt-conversations.json'))

  it('is read along the path to the current node', () => {
    assert.deepEqual(visible(sourdough?.log), [
      'user: How do I start a sourdough culture?',
      'assistant: Mix equal weights of flour and water.\n\n```\n50 g flour\n50 g water\n```\nWait a day.',
      'user: And then?',
      'assistant: Discard half, and feed it again. 🍞',
      'title: Sourdough for beginners',
    ])
    assert.ok(sourdough?.log.ok)
    const { events, notes } = sourdough.log.value
    assert.equal(events[0]?.at, 1_731_400_000_123)
    assert.equal(events.find(({ type }) => type === 'item.added')?.at, 1_731_400_001_623)
    assert.deepEqual(notes, ['1 other branch was left out.', 'Custom instruction left out: 1.'])
  })

  it('keeps tool calls, and reports images and reasoning', () => {
    assert.deepEqual(visible(rainfall?.log), [
      'user: [image: not imported]\n\nWhat is the mean of these numbers: 3, 5, 10?',
      'call: python {"input":"(3 + 5 + 10) / 3"}',
      'result: 6.0',
      'call: dalle_text2im {"prompt":"a small bar chart","size":"1024x1024"}',
      'result: [image: not imported]',
      'assistant: The mean is 6. The chart is above.',
      'title: Chart of rainfall',
    ])
    assert.ok(rainfall?.log.ok)
    assert.deepEqual(rainfall.log.value.notes, ['Image left out: 2.', 'Reasoning step left out: 2.'])
  })

  it('has broken conversations, which are refused on their own and in words', () => {
    assert.equal(torn?.title, 'A torn conversation')
    assert.ok(torn && !torn.log.ok && pasted && !pasted.log.ok)
    assert.match(torn.log.error[0]?.detail ?? '', /tree is broken/)
    assert.deepEqual(pasted.log.error[0], { pointer: '', detail: 'Its message 3 must have at most 32000 UTF-16 units.' })
  })

  it('may be one conversation, and may have times beyond the range of dates', () => {
    const [conversation] = JSON.parse(sample('chatgpt-conversations.json'))
    const outOfRange = { ...conversation, create_time: 9e15, title: 'x'.repeat(500) }
    for (const node of Object.values(outOfRange.mapping) as { message: { create_time: number } | null }[])
      if (node.message) node.message.create_time = -5
    const [imported] = read(`\ufeff${JSON.stringify(outOfRange)}`)
    assert.ok(imported?.log.ok)
    assert.ok(imported.log.value.events.every(({ at }) => at >= Date.UTC(2000) && at <= now))
    assert.ok(imported.log.value.notes.includes('The title was cut.'))
  })

  it('with a circle in its tree is refused', () => {
    const mapping = { a: { parent: 'b', message: null }, b: { parent: 'a', message: null } }
    const [cyclic] = read(JSON.stringify([{ title: 'x', current_node: 'a', mapping }]))
    assert.ok(cyclic && !cyclic.log.ok)
  })
})

/** A file with one conversation: a question, and the message `last`. */
const chatGptFile = (last: unknown, conversation: object = {}, nodes: object = {}) => {
  const question = { author: { role: 'user' }, create_time: 1.7e9, content: { content_type: 'text', parts: ['hi'] } }
  const mapping = { root: { parent: null, message: null }, a: { parent: 'root', message: question }, b: { parent: 'a', message: last } }
  return JSON.stringify([{ title: 'x', create_time: 1.7e9, current_node: 'b', mapping: { ...mapping, ...nodes }, ...conversation }])
}
const answer = (fields: object = {}) => ({
  author: { role: 'assistant' },
  create_time: 1.7e9,
  content: { content_type: 'text', parts: ['yes'] },
  ...fields,
})
const isReadAs = (file: string, expected: readonly string[], title = ['title: x']) => {
  const [conversation] = read(file)
  assert.deepEqual(visible(conversation?.log), ['user: hi', ...expected, ...title])
  assert.ok(conversation?.log.ok && conversation.log.value.events.every(({ at }) => at >= Date.UTC(2000) && at <= now))
  return conversation.log.value
}

describe("Odd content of ChatGPT's conversations.json", () => {
  it('that no reader sees does not refuse the conversation', () => {
    const nodes = { gone: null, text: 'x', empty: {}, other: { parent: null, message: null } }
    isReadAs(chatGptFile(answer(), {}, nodes), ['assistant: yes'])
    for (const fields of [{ metadata: 'x' }, { metadata: { is_visually_hidden_from_conversation: 'no' } }, { recipient: 5 }])
      isReadAs(chatGptFile(answer(fields)), ['assistant: yes'])
    isReadAs(chatGptFile(answer(), { title: 5 }), ['assistant: yes'], [])
    isReadAs(chatGptFile(answer(), { title: null, create_time: {} }), ['assistant: yes'], [])
  })

  it('has times as text and in every unit', () => {
    for (const time of ['1700000000.5', ' 1700000000', '2023-11-14T22:13:20Z', 1.7e9, 1.7e12, 1.7e15, 1.7e18]) {
      const { events } = isReadAs(chatGptFile(answer({ create_time: time }), { create_time: 1 }), ['assistant: yes'])
      assert.equal(Math.floor((events.find(({ type }) => type === 'item.closed')?.at ?? 0) / 1e6), 1_700_000)
    }
    for (const time of ['yesterday', {}, [], true, '', -1, 1e300]) isReadAs(chatGptFile(answer({ create_time: time })), ['assistant: yes'])
  })

  it('has deleted, plain and mixed contents', () => {
    for (const content of [null, undefined]) {
      const { notes } = isReadAs(chatGptFile(answer({ content })), [])
      assert.deepEqual(notes, ['Message without content left out: 1.'])
    }
    isReadAs(chatGptFile(answer({ content: 'yes' })), ['assistant: yes'])
    isReadAs(chatGptFile(answer({ content: { content_type: 'text', parts: [null, 'yes'] } })), ['assistant: yes'])
  })

  it('is never taken for a property of an object', () => {
    for (const name of ['constructor', 'toString', '__proto__', 'hasOwnProperty']) {
      isReadAs(chatGptFile(answer({ content: { content_type: name, parts: ['yes'] } })), ['assistant: yes'])
      const parts = [{ content_type: name }]
      const { notes } = isReadAs(chatGptFile(answer({ content: { content_type: 'multimodal_text', parts } })), [
        'assistant: [attachment: not imported]',
      ])
      assert.deepEqual(notes, ['Attachment left out: 1.'])
    }
  })

  it('that breaks the path refuses the conversation in words', () => {
    const nodes = { a: { parent: 'b', message: null }, lost: null }
    for (const conversation of [{ current_node: 'none' }, { current_node: 'lost' }, { current_node: 'a' }]) {
      const [broken] = read(chatGptFile(answer(), conversation, nodes))
      assert.ok(broken && !broken.log.ok)
      assert.match(broken.log.error[0]?.detail ?? '', /tree is broken/)
    }
    for (const message of ['x', { author: null }, answer({ content: { content_type: 'text', parts: [5] } })]) {
      const [unreadable] = read(chatGptFile(message))
      assert.ok(unreadable && !unreadable.log.ok)
    }
  })
})

describe("Open WebUI's chats", () => {
  const [trees, broken] = read(sample('open-webui-chats.json'))

  it('are read along the path to the current message', () => {
    assert.deepEqual(visible(trees?.log), [
      'user: Which trees grow in Lapland?',
      'assistant: Birch, pine and spruce.',
      'user: What time is it there?\n\n[attachment: not imported]',
      'call: get_time {"zone": "Europe/Helsinki"}',
      'result: 14:05',
      'assistant: It is five past two.',
      'title: Trees of the north',
    ])
    assert.ok(trees?.log.ok)
    assert.deepEqual(trees.log.value.notes, ['1 other branch was left out.', 'Reasoning step left out: 1.', 'Attachment left out: 1.'])
    assert.equal(trees.log.value.events[0]?.at, 1_738_000_000_000)
  })

  it('that are broken are refused on their own', () => {
    assert.ok(broken && !broken.log.ok)
  })

  it('may have nodes that are null, other times, and no current message', () => {
    for (const timestamp of ['1700000000', '2023-11-14T22:13:20Z', 1.7e18, {}]) {
      const messages = {
        a: { parentId: null, role: 'user', content: 'hi', timestamp },
        b: { parentId: 'a', role: 'assistant', content: [null, { type: 'text', text: 'yes' }], files: {} },
        lost: null,
      }
      for (const currentId of ['b', null, undefined])
        isReadAs(JSON.stringify([{ title: 'x', created_at: '2023-11-14', chat: { title: 5, history: { currentId, messages } } }]), [
          'assistant: yes',
        ])
    }
  })

  it('may be the chat itself, as older files have it', () => {
    const [{ chat }] = JSON.parse(sample('open-webui-chats.json'))
    assert.equal(visible(read(JSON.stringify([chat]))[0]?.log).length, 7)
  })
})

describe('Our own export', () => {
  const at = Date.UTC(2025, 0, 1)
  const events = [
    { seq: 1, at, type: 'session.created', subject: bob },
    { seq: 2, at, type: 'session.titled', title: 'x\u2028y' },
  ].map((event) => exportEvent(event as Event))

  it('is read as JSON, as lines of JSON with and without a header, and after a byte order mark', () => {
    const lines = events.map((event) => JSON.stringify(event)).join('\r\n')
    for (const text of [JSON.stringify({ version: 'soma-1', events }, null, 2), `{"version":"soma-1"}\n${lines}\n`, lines]) {
      for (const file of [text, `\ufeff${text}`]) assert.deepEqual(visible(read(file)[0]?.log), ['title: x\u2028y'])
    }
  })

  it('is distinguished from files of any other kind', () => {
    for (const text of ['', 'null', '5', '[]', '{}', '[{}]', '{"a":1}', 'not json', '[1,2]', '{"messages":[]}', '"\ufeff"'])
      assert.equal(readConversations(parseFile(text)), undefined, text)
  })
})
