/** What was said in one conversation is in the prompt of another, as quoted data. */
import { beforeAll, describe, expect, it } from 'vitest'
import type { MemoryList } from '../../shared/api/memory.ts'
import type { ContextWindow } from '../../shared/api/turns.ts'
import type { Event } from '../../shared/events/event.ts'
import { alice, model, stack, useModel } from '../support/model-stack.ts'
import { until } from '../support/until.ts'
import { type User, user } from '../support/user.ts'

const tenant = 'e2e-recall'
useModel(tenant)
let admin: User

beforeAll(async () => {
  admin = user(stack.url, await stack.token(tenant, 'root', { scopes: 'admin' }))
}, 150_000)

const remembered = (q: string) =>
  until(async () => {
    const { memories } = (await (await alice.call('GET', `/v1/memories?q=${q}`)).json()) as MemoryList
    return memories[0]
  })

/** Sends, waits for the end of the turn, and returns it with the texts that the model received. */
async function ask(message: string, fields: Record<string, unknown> = {}) {
  const { session_id, turn_id } = await alice.send(message, fields)
  const ended = await until(async () => {
    const { events } = (await (await alice.call('GET', `/v1/sessions/${session_id}/events?limit=500`)).json()) as { events: Event[] }
    return events.find((event) => event.type === 'turn.ended' && event.turn_id === turn_id)
  })
  const bodies = model.requests.map(({ body }) => body as { messages: { role: string; content: string }[] })
  const received = bodies.findLast(({ messages }) => messages.at(-1)?.content.includes(message))?.messages ?? []
  return { session_id, ended, texts: received.map(({ content }) => content).join('\n') }
}

describe('A message', () => {
  it('is answered with what its user said elsewhere, quoted with its source', async () => {
    const { session_id } = await ask('My parrot is called Coco.')
    const memory = await remembered('parrot')
    const { texts, ended } = await until(async () => {
      const asked = await ask('How is my parrot called?')
      // The answer does not wait for a slow memory.
      return asked.texts.includes('END OF MEMORIES') ? asked : undefined
    })
    expect(texts).toContain(`in conversation ${session_id}) "My parrot is called Coco."`)
    expect(ended).toMatchObject({ answered_by: { memories: expect.arrayContaining([memory.id]) } })
  })

  it('is answered with the newer of two facts that contradict each other', async () => {
    await ask('I live in Lisbon. My bicycle is called Blitz. My favourite tea is Assam.')
    const { session_id } = await ask('I moved to Bergen.')
    await remembered('bergen')
    const { texts } = await until(async () => {
      const asked = await ask('In which city do I live?')
      return asked.texts.includes('Bergen') ? asked : undefined
    })
    expect(texts).toContain(`in conversation ${session_id}) "I moved to Bergen."`)
    expect(texts).not.toContain('Lisbon')
  })

  it('shows a piece of memories in the view of the prompt, and their text to nobody else', async () => {
    await ask('My violin is called Vera.')
    await remembered('violin')
    const { session_id } = await ask('How is my violin called, again?')
    const writes = [{ object: `session:${session_id}`, relation: 'viewer', user: 'user:bob' }]
    expect((await alice.call('POST', '/v1/relations', { writes })).status).toBe(200)
    const bob = user(stack.url, await stack.token(tenant, 'bob'))
    for (const reader of [alice, bob]) {
      const view = await until(async () => {
        const text = await (await reader.call('GET', `/v1/sessions/${session_id}/context-window`)).text()
        return (JSON.parse(text) as ContextWindow).pieces?.some(({ kind, included }) => kind === 'memories' && included) ? text : undefined
      })
      expect(view).not.toContain('Vera')
    }
  })

  it('recalls nothing if it switches memory off, and is not remembered', async () => {
    await ask('My tractor is called Emma.')
    await remembered('tractor')
    const { texts, ended } = await ask('How is my tractor called, the green one?', { metadata: { memory: 'off' } })
    expect(texts).not.toContain('END OF MEMORIES')
    expect(ended).toMatchObject({ answered_by: { memory: 'off' } })
    expect(ended).not.toHaveProperty('answered_by.memories')
  })

  it('recalls nothing in a conversation that began so, unless it switches memory on', async () => {
    await ask('My kite is called Zephyr.')
    await remembered('kite')
    const { session_id } = await ask('Good evening to you', { metadata: { memory: 'off' } })
    const later = await ask('How is my kite called, then?', { session_id })
    expect(later.texts).not.toContain('END OF MEMORIES')
    expect(later.ended).toMatchObject({ answered_by: { memory: 'off' } })
    const on = await ask('And how is my kite called now?', { session_id, metadata: { memory: 'on' } })
    expect(on.ended).not.toHaveProperty('answered_by.memory')
  })

  it('recalls nothing in a workspace that switches recall off', async () => {
    await ask('My canoe is called Lotta.')
    await remembered('canoe')
    const { version } = (await (await admin.call('GET', '/v1/settings')).json()) as { version: number }
    const off = await admin.call('PUT', '/v1/settings', { version, memory: { recall: 'off' } })
    expect(off.status).toBe(200)
    const { texts, ended } = await ask('How is my canoe called?')
    expect(texts).not.toContain('END OF MEMORIES')
    expect(ended).not.toHaveProperty('answered_by.recall')
  })
})
