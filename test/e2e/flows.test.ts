/** The five data flows of the platform, checked by their events and results. */
import { beforeAll, describe, expect, it } from 'vitest'
import type { Memory } from '../../shared/api/memory.ts'
import { type SharedStack, sharedStack } from '../support/shared-stack.ts'
import { events, readStream, textsOf, untilEnded } from '../support/sse.ts'
import { until } from '../support/until.ts'
import { type User, user } from '../support/user.ts'

let stack: SharedStack
let ada: User

beforeAll(async () => {
  stack = await sharedStack()
  ada = user(stack.url, await stack.token('flows', 'ada'))
})

const framesOf = async (session: string) => (await readStream(ada.events(session), ada.bearer, untilEnded())).frames
const logOf = async (session: string) => events(await framesOf(session))

describe('Data', () => {
  it('is recorded: the log has the message under the acknowledged ids', async () => {
    const sent = await ada.send('Where do rivers begin?', { event_id: 'flow-1' })
    const log = await logOf(sent.session_id)
    expect(log.map(({ type }) => type).slice(0, 3)).toEqual(['session.created', 'turn.accepted', 'item.added'])
    expect(log.find((event) => event.type === 'turn.accepted')).toMatchObject({ turn_id: sent.turn_id, event_id: 'flow-1' })
    expect(log.find((event) => event.type === 'item.added')).toMatchObject({ role: 'user', text: 'Where do rivers begin?' })
  })

  it('is answered: the turn is accepted, started, answered and ended, with its usage', async () => {
    const { session_id, turn_id } = await ada.send('What is 6 * 7?')
    const log = (await logOf(session_id)).filter((event) => 'turn_id' in event && event.turn_id === turn_id)
    expect(log.map(({ type }) => type)).toEqual(['turn.accepted', 'item.added', 'turn.started', 'item.opened', 'item.closed', 'turn.ended'])
    expect(log.at(-1)).toMatchObject({
      outcome: 'completed',
      usage: { input_tokens: expect.any(Number), output_tokens: expect.any(Number) },
    })
  })

  it('passes tools: a call is requested, claimed and ended, and the answer uses its result', async () => {
    const { session_id } = await ada.send('/tool echo {"text":"there and back"}')
    const log = await logOf(session_id)
    const calls = log.filter(({ type }) => type.startsWith('call.') || type === 'step.ended')
    expect(calls.map(({ type }) => type)).toEqual(['call.requested', 'step.ended', 'call.claimed', 'call.ended'])
    expect(log.findLast((event) => event.type === 'item.closed')).toMatchObject({ text: expect.stringContaining('there and back') })
  })

  it('is remembered: memory finds a user message of an answered turn, with its source event', async () => {
    const { session_id } = await ada.send('My boat is called the Marigold')
    const message = (await logOf(session_id)).find((event) => event.type === 'item.added')
    const memory = await until(async () => {
      const { memories } = (await (await ada.call('GET', '/v1/memories?q=marigold')).json()) as { memories: Memory[] }
      return memories[0]
    })
    expect(memory).toMatchObject({ kind: 'said', text: 'My boat is called the Marigold', source: { session_id, seq: message?.seq } })
  })

  it('streams out: the joined deltas equal the recorded answer, and every id resumes', async () => {
    const { session_id } = await ada.send('Tell me about the sea')
    const frames = await framesOf(session_id)
    const closed = events(frames).find((event) => event.type === 'item.closed')
    expect(closed?.type === 'item.closed' && textsOf(frames).get(closed.item_id)).toBe(closed?.type === 'item.closed' && closed.text)
    const middle = frames[Math.floor(frames.length / 2)]
    const rest = await readStream(ada.events(session_id), { ...ada.bearer, 'last-event-id': middle?.id ?? '' }, untilEnded())
    const laterEvents = events(frames).filter(({ seq }) => seq > Number.parseInt(middle?.id ?? '', 10))
    expect(events(rest.frames)).toEqual(laterEvents)
  })
})
