/** The parts of faces that must not depend on how a stream was cut. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ResponseObject } from '../../../../shared/api/openai-responses.ts'
import { namedTurn, responseId } from '../../../../shared/session/response-id.ts'
import type { FaceEvent } from '../../../../workers/gateway/faces/face.ts'
import { lastMessage } from '../../../../workers/gateway/faces/last-message.ts'
import { ResponseBuilder } from '../../../../workers/gateway/faces/openai/response-events.ts'
import { StopText } from '../../../../workers/gateway/faces/stop-text.ts'

/** A text in pieces. */
const pieces = fc.array(fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 4 }), { maxLength: 12 })

describe('A stop text', () => {
  it('ends the text at its first place, for every cut of the stream', () => {
    fc.assert(
      fc.property(
        pieces,
        fc.array(fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 3 }), { maxLength: 3 }),
        (parts, stops) => {
          const stopText = new StopText(stops)
          let sent = ''
          for (const part of parts) {
            sent += stopText.add(part)
            if (stopText.reached !== undefined) break
          }
          if (stopText.reached === undefined) sent += stopText.rest()
          const whole = parts.join('')
          const places = stops.map((stop) => whole.indexOf(stop)).filter((place) => place >= 0)
          // A longer stop text may end later than a shorter one that begins after it.
          if (places.length === 0) expect(sent).toBe(whole)
          else {
            expect(whole.startsWith(sent)).toBe(true)
            expect(stops.some((stop) => whole.startsWith(sent + stop))).toBe(true)
            expect(stops.every((stop) => !sent.includes(stop))).toBe(true)
          }
        },
      ),
    )
  })
})

interface Sent {
  readonly type: string
  readonly sequence_number: number
  readonly delta?: string
}

/** The events of a response with a reasoning, a text and a call, after `after`. */
function eventsOf(parts: readonly string[], after: number): Sent[] {
  const builder = new ResponseBuilder({ id: 'resp', output: [], model: 'm' } as unknown as ResponseObject, () => 0, after)
  const events: FaceEvent[] = [
    ...parts.map((text): FaceEvent => ({ type: 'reasoning', text: text || 'r' })),
    ...parts.map((text): FaceEvent => ({ type: 'text', text: text || 't' })),
    { type: 'call', id: 'c', name: 'tool', arguments: '{}' },
    { type: 'end', finish: 'calls' },
  ]
  const sent = builder.start() + events.map((event) => builder.add(event)).join('')
  return sent.split('\n\n').flatMap((block) => (block === '' ? [] : [JSON.parse(block.slice(block.indexOf('data: ') + 6)) as Sent]))
}

const textIn = (events: readonly Sent[], type: string) => events.map((event) => (event.type === type ? event.delta : '')).join('')

describe('The numbers of a response', () => {
  it('give exactly the rest after any number, whatever the cut of the first and of the second stream', () => {
    fc.assert(
      fc.property(pieces, fc.nat(), (parts, place) => {
        const filled = parts.map((part) => part || 'x')
        const first = eventsOf(filled, -1)
        const last = first.at(-1)?.sequence_number ?? 0
        const after = place % (last + 1)
        const had = first.filter(({ sequence_number }) => sequence_number <= after)
        // A client knows whole events only.
        const known = had.at(-1)?.sequence_number ?? -1
        const rest = eventsOf(filled.length > 0 ? [filled.join('')] : [], known)
        for (const type of ['response.reasoning_summary_text.delta', 'response.output_text.delta'])
          expect(textIn(had, type) + textIn(rest, type)).toBe(textIn(first, type))
        const structure = (events: readonly Sent[]) => events.filter(({ delta }) => delta === undefined).map(({ type }) => type)
        expect([...structure(had), ...structure(rest)]).toEqual(structure(first))
        expect(rest.every(({ sequence_number }) => sequence_number > known)).toBe(true)
      }),
    )
  })
})

describe('The id of a response', () => {
  it('names its turn, also in a session whose id looks like one', () => {
    const turn = crypto.randomUUID()
    for (const session of ['a', 'a_1_b', `x_12_${crypto.randomUUID()}`]) {
      const named = { session, seq: 12, turn }
      expect(namedTurn(responseId(named))).toEqual(named)
    }
    for (const id of ['resp_1', `resp__1_${turn}`, `resp_a_x_${turn}`, null, 7]) expect(namedTurn(id)).toBeUndefined()
  })
})

describe('The last message', () => {
  it('is text of the user, in each of both forms', () => {
    expect(lastMessage([{ id: 'm', role: 'user', content: 'hi' }])).toEqual({ id: 'm', text: 'hi' })
    expect(
      lastMessage([
        {
          role: 'user',
          parts: [
            { type: 'text', text: 'a' },
            { type: 'text', text: 'b' },
          ],
        },
      ]),
    ).toEqual({ text: 'ab' })
    for (const messages of [
      [],
      [{ role: 'assistant', content: 'x' }],
      [{ role: 'user', content: ' ' }],
      [{ role: 'user', parts: [{ type: 'file' }] }],
    ])
      expect(lastMessage(messages)).toEqual(expect.stringMatching(/^must/))
  })
})
