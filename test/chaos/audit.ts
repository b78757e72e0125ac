/** Compares what the harness knows with what the stack kept: the log, the streams, the list, and Postgres. */
import { setTimeout as sleep } from 'node:timers/promises'
import canonicalize from 'canonicalize'
import type { EventPage, SessionList } from '../../shared/api/sessions.ts'
import type { Event } from '../../shared/events/event.ts'
import { fakeText } from '../support/words.ts'
import { judgeEffects } from './effects.ts'
import type { Seen, SentMessage, Trail } from './ledger.ts'
import type { Stage } from './stage.ts'

export interface Verdict {
  acknowledged: number
  lost: number
  duplicated: number
  stuck: number
  /** Everything else that is wrong. */
  wrong: number
  /** Copies that waited for somebody to ring once more. */
  late: number
  turns: number
  calls: number
  events: number
  connections: number
  /** What is wrong, in words. */
  readonly evidence: string[]
}

/** How long after the last fault a turn that nobody asks about may take. Its answer, its lease, and a doorbell's delay. */
const aloneMs = 15_000
/** How long copies may take by themselves: a lagging consumer is rung again after 30 s. */
const copyMs = 60_000
/** How long the rest may take once something happens in their sessions, which rings the bell at once. */
const rungMs = 60_000
const readMs = 60_000

export async function audit(stage: Stage, trails: readonly Trail[], lastFaultAt: number): Promise<Verdict> {
  const verdict: Verdict = {
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
  const alone = trails.filter(({ quiet }) => quiet)
  if (alone.length > 0) await sleep(Math.max(0, lastFaultAt + aloneMs - Date.now()))
  const askedAt = Date.now()
  const logs: Event[][] = []
  await each(trails, async (trail) => {
    const log = await ended(stage, trail, lastFaultAt)
    logs.push(log)
    verdict.events += log.length
    verdict.acknowledged += trail.said.filter(({ sent }) => sent).length
    verdict.turns += log.filter(({ type }) => type === 'turn.accepted').length
    verdict.connections += trail.seen.reduce((sum, { connections }) => sum + connections, 0)
    const seenByOthers = (await others(stage, trail, log)).map((what) => ['wrong', what] as const)
    for (const [kind, what] of [...judge(trail, log, askedAt), ...seenByOthers]) {
      verdict[kind]++
      verdict.evidence.push(`${trail.session}: ${what}`)
    }
  })
  const effects = judgeEffects(logs, stage.effects)
  verdict.calls = effects.calls
  for (const { kind, what } of effects.wrong) {
    verdict[kind]++
    verdict.evidence.push(what)
  }
  const missing = await unlisted(stage, trails)
  if (missing.length > 0) verdict.evidence.push(`the list lacks ${missing}`)
  verdict.wrong += missing.length
  // A bell that a kill has swallowed is rung again ever later: 30 s, a minute, two … up to an hour. That is meant, but too long to sit through.
  const late = await behind(stage, trails, copyMs)
  verdict.late = late.size
  await each([...late.keys()], async ({ session }) => void (await stage.alice.ask('PATCH', `/v1/sessions/${session}`, { title: 'rung' })))
  for (const what of (await behind(stage, [...late.keys()], rungMs)).values()) {
    verdict.wrong++
    verdict.evidence.push(what)
  }
  return verdict
}

/** Several at a time. */
async function each<T>(all: readonly T[], work: (one: T) => Promise<void>): Promise<void> {
  const left = all.values()
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      for (const one of left) await work(one)
    }),
  )
}

/** The log, once every turn has ended, or as it is when that took too long. */
async function ended(stage: Stage, trail: Trail, lastFaultAt: number): Promise<Event[]> {
  const until = Math.max(Date.now(), lastFaultAt) + readMs
  for (;;) {
    const events = await logOf(stage, trail.session)
    const accepted = events.filter(({ type }) => type === 'turn.accepted').length
    const over = events.filter(({ type }) => type === 'turn.ended').length
    if (over >= accepted || Date.now() > until) return events
    await sleep(300)
  }
}

/** All that the log holds, page by page. */
export async function logOf({ alice }: Stage, session: string): Promise<Event[]> {
  const events: Event[] = []
  for (let after: string | null = ''; after !== null; ) {
    const { status, body } = await alice.ask('GET', `/v1/sessions/${session}/events?limit=500&after=${after}`)
    if (status !== 200) return events
    const page = body as EventPage
    events.push(...page.events)
    after = page.next_cursor
  }
  return events
}

type Finding = readonly ['lost' | 'duplicated' | 'stuck' | 'wrong', string]

function* judge(trail: Trail, log: readonly Event[], askedAt: number): Generator<Finding> {
  for (const [index, { seq, at }] of log.entries()) {
    if (seq !== index + 1) yield ['wrong', `event ${seq} stands at ${index + 1}`]
    if (at < (log[index - 1]?.at ?? 0)) yield ['wrong', `event ${seq} is earlier than the one before`]
  }
  for (const said of trail.said) {
    const accepted = log.filter((event) => event.type === 'turn.accepted' && event.event_id === said.key)
    if (accepted.length > 1) yield ['duplicated', `${said.key} was accepted ${accepted.length} times`]
    if (said.refused && !said.sent) yield ['wrong', `${said.key} was refused: ${said.refused}`]
    if (!said.sent) continue
    const [turn] = accepted
    const item = log[said.sent.seq - 1]
    if (!turn) yield ['lost', `${said.key} was acknowledged: ${JSON.stringify(said.sent)}`]
    else if (!('turn_id' in turn) || turn.turn_id !== said.sent.turn_id || item?.type !== 'item.added')
      yield ['wrong', `${said.key} is not where its answer said: ${JSON.stringify(said.sent)}`]
    else yield* judgeTurn(log, turn.turn_id, said, trail.quiet ? askedAt : undefined)
  }
  for (const [turn, outcome] of trail.cancelled) {
    const end = log.find((event) => event.type === 'turn.ended' && event.turn_id === turn)
    if (end?.type !== 'turn.ended' || end.outcome !== outcome) yield ['wrong', `${turn} was said to be ${outcome}: ${JSON.stringify(end)}`]
  }
  for (const seen of trail.seen) yield* judgeReader(log, seen)
}

/** `askedAt`: what happened only then, happened because somebody asked. */
function* judgeTurn(
  log: readonly Event[],
  turn: string,
  { tokens, mayFail }: SentMessage,
  askedAt: number | undefined,
): Generator<Finding> {
  const own = log.filter((event) => 'turn_id' in event && event.turn_id === turn && event.type !== 'branch.switched')
  const ends = own.filter((event) => event.type === 'turn.ended')
  const answers = own.filter((event) => event.type === 'item.closed')
  const [end] = ends
  const answer = answers.at(-1)
  if (!end) return yield ['stuck', `${turn} has not ended: ${own.map(({ type }) => type)}`]
  if (askedAt !== undefined && end.at >= askedAt) yield ['stuck', `${turn} ended only when somebody asked`]
  if (ends.length > 1) yield ['duplicated', `${turn} ended ${ends.length} times`]
  const steps = own.filter(({ type }) => type === 'step.ended').length
  if (answers.length > steps + 1) yield ['duplicated', `${turn} has ${answers.length} answers in ${steps + 1} steps`]
  if (own.at(-1) !== end) yield ['wrong', `${turn} goes on after its end`]
  if (end.outcome === 'failed' && !(mayFail && end.reason)) yield ['wrong', `${turn} failed: ${end.reason}`]
  if (tokens === undefined) return
  const whole = fakeText(tokens)
  if (end.outcome === 'completed' && answer?.text !== whole) yield ['wrong', `${turn} is completed with ${JSON.stringify(answer?.text)}`]
  if (answers.slice(0, -1).some(({ text }) => text !== whole)) yield ['wrong', `a step of ${turn} is not whole`]
  if (answer && !whole.startsWith(answer.text)) yield ['wrong', `${turn} was cancelled at ${JSON.stringify(answer.text)}`]
}

function* judgeReader(log: readonly Event[], { name, events, texts, wrong }: Seen): Generator<Finding> {
  for (const what of wrong) yield ['wrong', what]
  if (name === 'client') return
  if (JSON.stringify(events) !== JSON.stringify(log.slice(0, events.length))) yield ['wrong', `${name} saw other events than there are`]
  for (const event of events) {
    if (event.type !== 'item.closed') continue
    const heard = texts.get(event.item_id) ?? ''
    if (heard !== event.text) yield ['wrong', `${name} heard ${JSON.stringify(heard)} where ${JSON.stringify(event.text)} was recorded`]
  }
}

/** What others see of the session: one who comes only now, and one who has no business here. */
async function others(stage: Stage, trail: Trail, log: readonly Event[]): Promise<string[]> {
  const wrong: string[] = []
  if (log.length === 0) return trail.said.some(({ sent }) => sent) ? ['there is no log'] : []
  const seen: Seen = { name: 'the last reader', events: [], texts: new Map(), wrong: [], connections: 0 }
  const enough = new AbortController()
  const timer = setTimeout(() => enough.abort(), 15_000)
  await stage.alice.read(trail.session, seen, { id: '' }, enough.signal, () => {
    if (seen.events.length >= log.length) enough.abort()
  })
  clearTimeout(timer)
  if (seen.events.length < log.length) wrong.push(`the last reader saw ${seen.events.length} of ${log.length} events`)
  for (const [, what] of judgeReader(log, seen)) wrong.push(what)
  const { status } = await stage.mallory.ask('GET', `/v1/sessions/${trail.session}/history`)
  if (status !== 404) wrong.push(`mallory was answered ${status}`)
  return wrong
}

async function unlisted({ alice }: Stage, trails: readonly Trail[]): Promise<string[]> {
  const listed = new Set<string>()
  for (let cursor: string | null = ''; cursor !== null; ) {
    const { body } = await alice.ask('GET', `/v1/sessions?limit=200${cursor && `&cursor=${encodeURIComponent(cursor)}`}`)
    const page = body as SessionList
    for (const { session_id } of page.sessions) listed.add(session_id)
    cursor = page.next_cursor
  }
  return trails.filter(({ session, said }) => said.some(({ sent }) => sent) && !listed.has(session)).map(({ session }) => session)
}

/** The sessions whose copy in Postgres is not their log (but for what a fork brought along) after `withinMs`, and what it is. */
export async function behind(stage: Stage, trails: readonly Trail[], withinMs: number): Promise<Map<Trail, string>> {
  const until = Date.now() + withinMs
  const wrong = new Map(trails.map((trail) => [trail, 'never looked at']))
  for (;;) {
    await each([...wrong.keys()], async (trail) => {
      const own = (await logOf(stage, trail.session)).filter((event) => !('origin' in event && event.origin))
      const rows = await stage.rows<{ body: Event }>('SELECT body FROM session_events WHERE session_id = $1 ORDER BY seq', trail.session)
      if (canonical(rows.map(({ body }) => body)) === canonical(own)) wrong.delete(trail)
      else
        wrong.set(
          trail,
          `${trail.session}: Postgres has ${rows.map(({ body }) => body.seq)} where the log has ${own.map(({ seq }) => seq)}`,
        )
    })
    if (wrong.size === 0 || Date.now() > until) return wrong
    await sleep(1_000)
  }
}

/** `jsonb` keeps no order of keys. */
const canonical = (events: readonly Event[]): string | undefined => canonicalize(events)
