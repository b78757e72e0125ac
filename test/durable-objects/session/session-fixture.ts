/** A session for each test, with functions that send messages, script the runner and read the results. */
import { runInDurableObject } from 'cloudflare:test'
import { afterEach, beforeEach, expect, vi } from 'vitest'
import { EventLog } from '../../../durable-objects/session/event-log.ts'
import type { SendMessageInput } from '../../../durable-objects/session/send-message-input.ts'
import type { Session } from '../../../durable-objects/session/session.ts'
import type { Event } from '../../../shared/events/event.ts'
import { SessionId, Subject, TenantId } from '../../../shared/ids.ts'
import { emptySession, fold } from '../../../shared/session/session.ts'
import { runner } from '../worker.ts'
import { done, play, type Step, sessions } from './scripted-runner.ts'

export const tenant = TenantId.parse('acme')
export const alice = Subject.parse('alice')

let count = 0
export let id: SessionId
export let session: DurableObjectStub<Session>

beforeEach(() => {
  id = SessionId.parse(`s${++count}`)
  session = sessions.getByName(`${tenant}/${id}`)
  runner.run = play(done)
})

/** Reconnects to the object after a reset. */
export function reopen(): DurableObjectStub<Session> {
  session = sessions.getByName(`${tenant}/${id}`)
  return session
}

/** After every test: the state that the tables hold equals the fold over the events. A deleted session has no events to fold. */
afterEach(async () => {
  const [loaded, events] = await runInDurableObject(session, (_, state) => {
    const log = new EventLog(state.storage.sql)
    const recorded = log.exists ? [...log.after(0)] : []
    return [log.load(), recorded.map(({ seq, at, body }) => ({ seq, at, ...JSON.parse(body) }))] as const
  })
  if (!loaded.deleted) expect(events.reduce(fold, emptySession)).toEqual(loaded)
})

export const messageInput = (text: string, overrides: Partial<SendMessageInput> = {}): SendMessageInput => ({
  tenant,
  session: id,
  subject: alice,
  event_id: crypto.randomUUID(),
  fingerprint: text,
  text,
  ...overrides,
})

export async function sendMessage(text: string, overrides: Partial<SendMessageInput> = {}) {
  const sent = await session.send(messageInput(text, overrides))
  if (!sent.ok) throw new Error(sent.error.kind)
  return sent.value
}

export async function log(): Promise<Event[]> {
  const page = await session.events(alice, '', 500)
  return page.ok ? JSON.parse(page.value.events) : []
}

/** Resolves when the open answer has its first text. */
export const untilFirstText = () =>
  vi.waitFor(async () => {
    const page = await session.read(alice, '')
    expect(page.ok && page.value.text).toContain('item.delta')
  })
export const types = async () => (await log()).map(({ type }) => type)
export const untilEnded = (turns = 1) =>
  vi.waitFor(async () => expect((await types()).filter((type) => type === 'turn.ended')).toHaveLength(turns), {
    timeout: 5_000,
    interval: 10,
  })
export const last = async <T extends Event['type']>(type: T) =>
  (await log()).findLast((event): event is Extract<Event, { type: T }> => event.type === type)

export const scriptRunner = (...steps: Step[]) => {
  runner.run = play(...steps)
}

/**
 * Attaches a reader to alice's session. It collects the event-stream text that it receives.
 * `reader`: its subject. Absent: a gateway of an older release names none.
 */
export async function watch(after = '', reader?: string) {
  const query = new URLSearchParams({ subject: 'alice', after, ...(reader !== undefined && { reader }) })
  const response = await session.fetch(`https://session/?${query}`, { headers: { upgrade: 'websocket' } })
  const socket = response.webSocket
  if (!socket) return { status: response.status, text: () => '', closed: () => '', close: () => {} }
  let received = ''
  let closed = ''
  socket.addEventListener('message', ({ data }) => {
    received += data
  })
  socket.addEventListener('close', ({ reason }) => {
    closed = reason || 'closed'
  })
  socket.accept()
  return { status: response.status, text: () => received, closed: () => closed, close: () => socket.close(1000) }
}

export const deltas = (received: string) =>
  [...received.matchAll(/^data: (.*)$/gm)]
    .map(([, data]) => JSON.parse(data ?? ''))
    .filter(({ type }) => type === 'item.delta')
    .map(({ text }) => text)
    .join('')
