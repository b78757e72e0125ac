/** A session for each test, and its snapshot: as lines, and restored onto an empty disk. */
import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeEach, expect, vi } from 'vitest'
import { tables } from '../../../durable-objects/migrations.ts'
import type { SendMessageInput } from '../../../durable-objects/session/send-message-input.ts'
import type { Session } from '../../../durable-objects/session/session.ts'
import type { Home } from '../../../durable-objects/session-list/session-list.ts'
import type { Event } from '../../../shared/events/event.ts'
import { SessionId, Subject, TenantId } from '../../../shared/ids.ts'
import { SnapshotLine, type SnapshotStart } from '../../../shared/session/backup.ts'
import { runner } from '../worker.ts'
import { done, play, sessions, text } from './scripted-runner.ts'

export const tenant = TenantId.parse('acme')
export const alice = Subject.parse('alice')
export const backup = crypto.randomUUID()
export const homes = env.HOME as unknown as DurableObjectNamespace<Home>

let count = 0
export let id: SessionId
export let session: DurableObjectStub<Session>

beforeEach(() => {
  id = SessionId.parse(`b${++count}`)
  session = sessions.getByName(`${tenant}/${id}`)
  runner.run = play(text('Hello'), done)
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
  const all: Event[] = []
  for (let after: string | null = ''; after !== null; ) {
    const page: Awaited<ReturnType<typeof session.events>> = await session.events(alice, after, 500)
    if (!page.ok) return []
    all.push(...JSON.parse(page.value.events))
    after = page.value.next_cursor
  }
  return all
}

export const untilEnded = (turns: number) =>
  vi.waitFor(async () => expect((await log()).filter(({ type }) => type === 'turn.ended')).toHaveLength(turns), {
    timeout: 5_000,
    interval: 10,
  })

/** Reconnects to the object after a reset. */
export function reopen(): void {
  session = sessions.getByName(`${tenant}/${id}`)
}

/** Every table on disk. */
export const disk = () =>
  runInDurableObject(session, (_, { storage }) =>
    Object.fromEntries(tables(storage.sql).map((table) => [table, storage.sql.exec(`SELECT * FROM "${table}"`).toArray()])),
  )

export async function snapshot(): Promise<SnapshotLine[]> {
  const stream = await session.snapshot()
  const lines = (await new Response(stream).text()).trimEnd().split('\n')
  return lines.map((line) => SnapshotLine.parse(JSON.parse(line)))
}

/** Replaces the object's disk by an empty one. */
export async function newDisk(): Promise<void> {
  await runInDurableObject(session, async (_, { storage }) => {
    await storage.deleteAlarm()
    await storage.deleteAll()
  })
  await evictDurableObject(session)
  expect(await session.summary(alice)).toMatchObject({ error: { kind: 'not_found' } })
}

export const restoreSnapshot = (lines: SnapshotLine[], backupId = backup) => session.adopt(tenant, id, backupId, lines)

export const startLine = (lines: SnapshotLine[]) => lines[0] as SnapshotStart
