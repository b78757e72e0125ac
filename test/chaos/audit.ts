/** Compares the harness's records with the log, the streams, the session list and Postgres. */
import { setTimeout as sleep } from 'node:timers/promises'
import canonicalize from 'canonicalize'
import type { EventPage, SessionList } from '../../shared/api/sessions.ts'
import type { Event } from '../../shared/events/event.ts'
import { fakeText } from '../support/words.ts'
import type { Answer } from './api-client.ts'
import { checkEffects } from './effects.ts'
import type { ReaderRecord, SentMessage, SessionRecord } from './ledger.ts'
import type { System } from './system.ts'

export interface AuditReport {
  acknowledged: number
  lost: number
  duplicated: number
  stuck: number
  /** All other errors. */
  wrong: number
  /** Copies that needed another doorbell. */
  late: number
  turns: number
  calls: number
  events: number
  connections: number
  /** One sentence per error. */
  readonly evidence: string[]
}

/** Time for an unattended turn after the last fault: its answer, its lease and a doorbell's delay. */
const unattendedMs = 15_000
/** Time for copies without a request. A lagging consumer gets another doorbell after 30 s. */
const ownCopyMs = 60_000
/** Time for the remaining copies after an event in their sessions, which sends a doorbell at once. */
const requestedCopyMs = 60_000
const readMs = 60_000

export async function audit(system: System, records: readonly SessionRecord[], lastFaultAt: number): Promise<AuditReport> {
  const report: AuditReport = {
    acknowledged: 0,
    lost: 0,
    duplicated: 0,
    stuck: 0,
    wrong: 0,
    late: 0,
    turns: 0,
    calls: 0,
    events: 0,
    connections: 0,
    evidence: [],
  }
  const unattendedRecords = records.filter(({ unattended }) => unattended)
  if (unattendedRecords.length > 0) await sleep(Math.max(0, lastFaultAt + unattendedMs - Date.now()))
  const requestedAt = Date.now()
  const logs: Event[][] = []
  await forEachInParallel(records, async (record) => {
    const log = await logAfterEnd(system, record, lastFaultAt)
    logs.push(log)
    report.events += log.length
    report.acknowledged += record.messages.filter(({ sent }) => sent).length
    report.turns += log.filter(({ type }) => type === 'turn.accepted').length
    report.connections += record.readers.reduce((sum, { connections }) => sum + connections, 0)
    const seenByOthers = (await checkAccess(system, record, log)).map((error) => ['wrong', error] as const)
    for (const [kind, error] of [...checkRecord(record, log, requestedAt), ...seenByOthers]) {
      report[kind]++
      report.evidence.push(`${record.session}: ${error}`)
    }
  })
  const effects = checkEffects(logs, system.effects)
  report.calls = effects.calls
  for (const { kind, error } of effects.findings) {
    report[kind]++
    report.evidence.push(error)
  }
  const missing = await unlisted(system, records)
  if (missing.length > 0) report.evidence.push(`the list lacks ${missing}`)
  report.wrong += missing.length
  // A doorbell lost in a kill is sent again after 30 s, doubling up to an hour. The harness does not wait that long.
  const late = await staleCopies(system, records, ownCopyMs)
  report.late = late.size
  await forEachInParallel(
    [...late.keys()],
    async ({ session }) => void (await system.alice.request('PATCH', `/v1/sessions/${session}`, { title: 'doorbell' })),
  )
  for (const difference of (await staleCopies(system, [...late.keys()], requestedCopyMs)).values()) {
    report.wrong++
    report.evidence.push(difference)
  }
  return report
}

/** Calls `work` for all items, eight at a time. */
async function forEachInParallel<T>(all: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const remaining = all.values()
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      for (const item of remaining) await work(item)
    }),
  )
}

/** The log after the end of every turn, or after the timeout. */
async function logAfterEnd(system: System, record: SessionRecord, lastFaultAt: number): Promise<Event[]> {
  const until = Math.max(Date.now(), lastFaultAt) + readMs
  for (;;) {
    const events = await logOf(system, record.session)
    const accepted = events.filter(({ type }) => type === 'turn.accepted').length
    const endedTurns = events.filter(({ type }) => type === 'turn.ended').length
    if (endedTurns >= accepted || Date.now() > until) return events
    await sleep(300)
  }
}

/** Every event of the log, read page by page. */
export async function logOf({ alice }: System, session: string): Promise<Event[]> {
  const events: Event[] = []
  for (let after: string | null = ''; after !== null; ) {
    const { status, body }: Answer<EventPage> = await alice.request('GET', `/v1/sessions/${session}/events?limit=500&after=${after}`)
    if (status !== 200) return events
    events.push(...body.events)
    after = body.next_cursor
  }
  return events
}

type Finding = readonly ['lost' | 'duplicated' | 'stuck' | 'wrong', string]

function* checkRecord(record: SessionRecord, log: readonly Event[], requestedAt: number): Generator<Finding> {
  for (const [index, { seq, at }] of log.entries()) {
    if (seq !== index + 1) yield ['wrong', `event ${seq} is at position ${index + 1}`]
    if (at < (log[index - 1]?.at ?? 0)) yield ['wrong', `event ${seq} is earlier than the one before`]
  }
  for (const message of record.messages) {
    const accepted = log.filter((event) => event.type === 'turn.accepted' && event.event_id === message.key)
    if (accepted.length > 1) yield ['duplicated', `${message.key} was accepted ${accepted.length} times`]
    if (message.refused && !message.sent) yield ['wrong', `${message.key} was refused: ${message.refused}`]
    if (!message.sent) continue
    const [turn] = accepted
    const item = log[message.sent.seq - 1]
    if (!turn) yield ['lost', `${message.key} was acknowledged: ${JSON.stringify(message.sent)}`]
    else if (!('turn_id' in turn) || turn.turn_id !== message.sent.turn_id || item?.type !== 'item.added')
      yield ['wrong', `${message.key} is not at the acknowledged position: ${JSON.stringify(message.sent)}`]
    else yield* checkTurn(log, turn.turn_id, message, record.unattended ? requestedAt : undefined)
  }
  for (const [turn, outcome] of record.cancelled) {
    const end = log.find((event) => event.type === 'turn.ended' && event.turn_id === turn)
    if (end?.type !== 'turn.ended' || end.outcome !== outcome)
      yield ['wrong', `${turn}: the response said ${outcome}: ${JSON.stringify(end)}`]
  }
  for (const reader of record.readers) yield* checkReader(log, reader)
}

/** `requestedAt`: a turn that ended after this time ended because of a request. */
function* checkTurn(
  log: readonly Event[],
  turn: string,
  { tokens, mayFail }: SentMessage,
  requestedAt: number | undefined,
): Generator<Finding> {
  const events = log.filter((event) => 'turn_id' in event && event.turn_id === turn && event.type !== 'branch.switched')
  const ends = events.filter((event) => event.type === 'turn.ended')
  const answers = events.filter((event) => event.type === 'item.closed')
  const [end] = ends
  const answer = answers.at(-1)
  if (!end) return yield ['stuck', `${turn} has not ended: ${events.map(({ type }) => type)}`]
  if (requestedAt !== undefined && end.at >= requestedAt) yield ['stuck', `${turn} ended only after a request`]
  if (ends.length > 1) yield ['duplicated', `${turn} ended ${ends.length} times`]
  const steps = events.filter(({ type }) => type === 'step.ended').length
  if (answers.length > steps + 1) yield ['duplicated', `${turn} has ${answers.length} answers in ${steps + 1} steps`]
  if (events.at(-1) !== end) yield ['wrong', `${turn} has events after its end`]
  if (end.outcome === 'failed' && !(mayFail && end.reason)) yield ['wrong', `${turn} failed: ${end.reason}`]
  if (tokens === undefined) return
  const expected = fakeText(tokens)
  if (end.outcome === 'completed' && answer?.text !== expected) yield ['wrong', `${turn} is completed with ${JSON.stringify(answer?.text)}`]
  if (answers.slice(0, -1).some(({ text }) => text !== expected)) yield ['wrong', `a step of ${turn} is not whole`]
  if (answer && !expected.startsWith(answer.text)) yield ['wrong', `${turn} was cancelled at ${JSON.stringify(answer.text)}`]
}

function* checkReader(log: readonly Event[], { name, events, texts, errors }: ReaderRecord): Generator<Finding> {
  for (const error of errors) yield ['wrong', error]
  if (name === 'client') return
  if (JSON.stringify(events) !== JSON.stringify(log.slice(0, events.length)))
    yield ['wrong', `${name} received events that differ from the log`]
  for (const event of events) {
    if (event.type !== 'item.closed') continue
    const received = texts.get(event.item_id) ?? ''
    if (received !== event.text)
      yield ['wrong', `${name} received ${JSON.stringify(received)} where ${JSON.stringify(event.text)} was recorded`]
  }
}

/** Checks that a new reader receives the whole session, and that another user gets 404. */
async function checkAccess(system: System, record: SessionRecord, log: readonly Event[]): Promise<string[]> {
  const errors: string[] = []
  if (log.length === 0) return record.messages.some(({ sent }) => sent) ? ['there is no log'] : []
  const reader: ReaderRecord = { name: 'the last reader', events: [], texts: new Map(), errors: [], connections: 0 }
  const enough = new AbortController()
  const timer = setTimeout(() => enough.abort(), 15_000)
  await system.alice.read(record.session, reader, { id: '' }, enough.signal, () => {
    if (reader.events.length >= log.length) enough.abort()
  })
  clearTimeout(timer)
  if (reader.events.length < log.length) errors.push(`the last reader saw ${reader.events.length} of ${log.length} events`)
  for (const [, error] of checkReader(log, reader)) errors.push(error)
  const { status } = await system.mallory.request('GET', `/v1/sessions/${record.session}/history`)
  if (status !== 404) errors.push(`mallory got ${status}`)
  return errors
}

async function unlisted({ alice }: System, records: readonly SessionRecord[]): Promise<string[]> {
  const listed = new Set<string>()
  for (let cursor: string | null = ''; cursor !== null; ) {
    const { body }: Answer<SessionList> = await alice.request(
      'GET',
      `/v1/sessions?limit=200${cursor && `&cursor=${encodeURIComponent(cursor)}`}`,
    )
    for (const { session_id } of body.sessions) listed.add(session_id)
    cursor = body.next_cursor
  }
  return records.filter(({ session, messages }) => messages.some(({ sent }) => sent) && !listed.has(session)).map(({ session }) => session)
}

/**
 * Sessions with a copy in Postgres that differs from their log after `withinMs`, with the difference. Inherited events of forks do not
 * count.
 */
export async function staleCopies(
  system: System,
  records: readonly SessionRecord[],
  withinMs: number,
): Promise<Map<SessionRecord, string>> {
  const until = Date.now() + withinMs
  const differences = new Map(records.map((record) => [record, 'never checked']))
  for (;;) {
    await forEachInParallel([...differences.keys()], async (record) => {
      const events = (await logOf(system, record.session)).filter((event) => !('origin' in event && event.origin))
      const rows = await system.rows<{ body: Event }>('SELECT body FROM session_events WHERE session_id = $1 ORDER BY seq', record.session)
      if (canonical(rows.map(({ body }) => body)) === canonical(events)) differences.delete(record)
      else
        differences.set(
          record,
          `${record.session}: Postgres has ${rows.map(({ body }) => body.seq)} where the log has ${events.map(({ seq }) => seq)}`,
        )
    })
    if (differences.size === 0 || Date.now() > until) return differences
    await sleep(1_000)
  }
}

/** `jsonb` does not keep the order of keys. */
const canonical = (events: readonly Event[]): string | undefined => canonicalize(events)
