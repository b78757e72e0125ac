import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { NewMessage } from '../../shared/client/client.ts'
import { ApiError, Unreachable } from '../../shared/client/errors.ts'

const stored = new Map<string, string>()
vi.stubGlobal('localStorage', {
  getItem: (key: string) => stored.get(key) ?? null,
  setItem: (key: string, value: string) => stored.set(key, value),
  removeItem: (key: string) => stored.delete(key),
})
vi.stubGlobal('addEventListener', () => undefined)
vi.stubGlobal('navigator', { onLine: true })

/** A fake server that creates turn `t-MESSAGE` of a message, or refuses it. */
const server = { received: [] as NewMessage[], answer: (_message: NewMessage): void | Promise<void> => undefined }
vi.mock('../../web/src/state/api.ts', () => ({
  api: {
    async sendMessage(message: NewMessage) {
      await server.answer(message)
      server.received.push(message)
      return { session_id: 's', event_id: 'e', turn_id: `t-${message.message}`, seq: server.received.length }
    },
  },
}))
const { auth } = await import('../../web/src/state/auth.ts')
const { online, stream } = await import('../../web/src/state/connection.ts')
const { Outbox } = await import('../../web/src/state/outbox.ts')

const sentParents = () => server.received.map(({ message, parent_turn_id }) => [message, parent_turn_id])
const firstMessageReceived = () => vi.waitFor(() => expect(server.received.length).toBeGreaterThan(0))
const keyOf = (outbox: InstanceType<typeof Outbox>, text: string) =>
  outbox.messages.get().find((message) => message.text === text)?.key ?? ''

describe('Outbox', () => {
  let outbox: InstanceType<typeof Outbox>
  beforeEach(() => {
    stored.clear()
    server.received = []
    server.answer = () => undefined
    online.set(true)
    stream.set(null)
    auth.set({ kind: 'in', me: { tenant: 'acme', subject: 'alice', role: 'member', expires_at: 0, mfa: false, needs_mfa: false } })
    outbox = new Outbox('s', () => undefined)
  })

  it('places a message after the last turn on the screen, and the next messages after it', async () => {
    online.set(false)
    outbox.send('one', { parent: 'seen' })
    outbox.send('two', { parent: 'seen' })
    outbox.send('three', { parent: 'seen' })
    online.set(true)
    await vi.waitFor(() => expect(server.received).toHaveLength(3))
    expect(sentParents()).toEqual([
      ['one', 'seen'],
      ['two', 't-one'],
      ['three', 't-two'],
    ])
  })

  it('knows the parent of a message before the log has caught up', async () => {
    outbox.send('one', { parent: 'seen' })
    await firstMessageReceived()
    outbox.send('two', { parent: 'seen' })
    await vi.waitFor(() => expect(server.received).toHaveLength(2))
    expect(sentParents()[1]).toEqual(['two', 't-one'])
  })

  it('places an edit at the parent of the turn that it replaces', async () => {
    online.set(false)
    outbox.send('one', { parent: 'seen' })
    outbox.send('otherwise', { parent: null, replaces: 'first' })
    online.set(true)
    await vi.waitFor(() => expect(server.received).toHaveLength(2))
    expect(sentParents()[1]).toEqual(['otherwise', null])
  })

  it('sends no parent when the thread is unknown', async () => {
    outbox.send('one', {})
    await firstMessageReceived()
    expect(server.received[0]).not.toHaveProperty('parent_turn_id')
  })

  it('keeps the order across a reload', async () => {
    online.set(false)
    outbox.send('one', { parent: 'seen' })
    outbox.send('two', { parent: 'seen' })
    outbox.close()
    const reloaded = new Outbox('s', () => undefined)
    online.set(true)
    await reloaded.drain()
    await vi.waitFor(() => expect(server.received).toHaveLength(2))
    expect(sentParents()).toEqual([
      ['one', 'seen'],
      ['two', 't-one'],
    ])
  })

  it('resends with the same key after the last turn on the screen', async () => {
    server.answer = () => {
      throw new ApiError({ type: '/problems/denied', title: '', status: 403, detail: '', request_id: '' })
    }
    outbox.send('one', { parent: 'seen' })
    await vi.waitFor(() => expect(outbox.messages.get()[0]?.state).toBe('failed'))
    const key = keyOf(outbox, 'one')
    server.answer = () => undefined
    outbox.resend(key, { parent: 'newer' })
    await firstMessageReceived()
    expect(sentParents()).toEqual([['one', 'newer']])
    expect(outbox.messages.get()).toMatchObject([{ key, state: 'sent', turnId: 't-one' }])
  })

  it('names the persona and the model of the choice, also after a reload', async () => {
    online.set(false)
    outbox.send('one', {}, { persona_id: 'tutor', model: 'large' })
    outbox.send('two', {}, { model: 'small' })
    outbox.send('three', {})
    outbox.close()
    const reloaded = new Outbox('s', () => undefined)
    online.set(true)
    await reloaded.drain()
    await vi.waitFor(() => expect(server.received).toHaveLength(3))
    expect(server.received.map(({ message, persona_id, model }) => [message, persona_id, model])).toEqual([
      ['one', 'tutor', 'large'],
      ['two', undefined, 'small'],
      ['three', undefined, undefined],
    ])
    expect(server.received[2]).not.toHaveProperty('model')
  })

  it('resends with the choice of that moment', async () => {
    server.answer = () => {
      throw new ApiError({ type: '/problems/invalid', title: '', status: 400, detail: '', request_id: '' })
    }
    outbox.send('one', {}, { persona_id: 'gone', model: 'large' })
    await vi.waitFor(() => expect(outbox.messages.get()[0]?.state).toBe('failed'))
    server.answer = () => undefined
    outbox.resend(keyOf(outbox, 'one'), {}, { persona_id: 'tutor' })
    await firstMessageReceived()
    expect(server.received[0]).toMatchObject({ message: 'one', persona_id: 'tutor' })
    expect(server.received[0]).not.toHaveProperty('model')
  })

  it('keeps a message that did not reach the server, and sends it when the stream is live again', async () => {
    server.answer = () => {
      throw new Unreachable('gone')
    }
    outbox.send('one', { parent: 'seen' })
    await vi.waitFor(() => expect(outbox.messages.get()[0]?.state).toBe('waiting'))
    server.answer = () => undefined
    stream.set({ kind: 'live' })
    await firstMessageReceived()
    expect(outbox.messages.get()).toMatchObject([{ state: 'sent', turnId: 't-one' }])
  })

  it('sends a message that did not reach the server by itself, without a stream', async () => {
    vi.useFakeTimers()
    server.answer = () => {
      throw new Unreachable('gone')
    }
    outbox.send('one', {})
    await vi.advanceTimersByTimeAsync(120_000)
    expect(outbox.messages.get()[0]?.state).toBe('waiting')
    server.answer = () => undefined
    await vi.advanceTimersByTimeAsync(31_000)
    expect(server.received).toHaveLength(1)
    vi.useRealTimers()
  })

  it('treats a key mismatch as an earlier success', async () => {
    server.answer = () => {
      throw new ApiError({ type: '/problems/idempotency_mismatch', title: '', status: 409, detail: '', request_id: '' })
    }
    outbox.send('one', { parent: 'seen' })
    await vi.waitFor(() => expect(outbox.messages.get()[0]?.state).toBe('sent'))
  })

  it('removes messages that the log contains and places the ones after them', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    server.answer = ({ message }) => (message === 'one' ? promise : undefined)
    outbox.send('one', { parent: 'seen' })
    outbox.send('two', { parent: 'seen' })
    const key = keyOf(outbox, 'one')
    outbox.settle((candidate) => (candidate === key ? 't-one' : undefined))
    expect(outbox.messages.get().map(({ text, parent }) => [text, parent])).toEqual([['two', 't-one']])
    resolve()
    await vi.waitFor(() => expect(server.received).toHaveLength(2))
    expect(sentParents()[1]).toEqual(['two', 't-one'])
  })
})
