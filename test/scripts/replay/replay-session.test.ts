/** Replays of sessions that were recorded in this process. */
import { afterEach, describe, expect, it, vi } from 'vitest'
import { logger } from '../../../durable-objects/logger.ts'
import { SessionWriter } from '../../../durable-objects/session/writer.ts'
import { readRecordedSession } from '../../../scripts/replay/recorded-session.ts'
import { replaySession } from '../../../scripts/replay/replay-session.ts'
import type { ReplayedTurn } from '../../../scripts/replay/replay-turn.ts'
import { type ModelChunk, ModelError } from '../../../shared/model/model.ts'
import { recordSession, type Script } from './record-session.ts'

logger.setLevel('error')
afterEach(() => vi.restoreAllMocks())

const text = (content: string): ModelChunk => ({ type: 'text', text: content })
const usage: ModelChunk = { type: 'usage', usage: { input_tokens: 12, output_tokens: 5 } }
const callOf = (name: string, args: object): ModelChunk => ({ type: 'call', name, arguments: JSON.stringify(args) })

/** Each turn calls one or two tools, and then answers in odd pieces. */
const withTools: Omit<Script, 'messages'> = {
  answer({ messages }) {
    const last = messages.at(-1)
    const asked = messages.findLast(({ role }) => role === 'user')?.text ?? ''
    const number = Number(/\d+/.exec(asked)?.[0] ?? 0)
    const start: ModelChunk[] = [{ type: 'answered_by', answered_by: { model: 'm' }, estimated_tokens: 10 + number }]
    if (last?.role === 'tool') return [...start, text('The '), text('answer is\ud83d'), text('\ude00 '), text(last.text), usage]
    if (number % 5 === 0) start.push({ type: 'reasoning', text: 'Hm, ' }, { type: 'reasoning', text: `${number}.` })
    const second = number % 2 === 0 ? [callOf('send', { number })] : []
    return [...start, text(number % 3 === 0 ? 'I look.' : ''), callOf('look', { number }), ...second, usage]
  },
  call: ({ name, arguments: args }) => ({ text: `${name} ${args}` }),
}

async function replay(lines: readonly string[]): Promise<ReplayedTurn[]> {
  const turns: ReplayedTurn[] = []
  for await (const turn of replaySession(await readRecordedSession(lines))) turns.push(turn)
  return turns
}

/** The recorded events of a type. */
const eventsOf = (lines: readonly string[], type: string): Record<string, unknown>[] =>
  lines
    .map((line) => JSON.parse(line))
    .flatMap(({ table, rows }) => (table === 'event' ? rows : []))
    .map((row: unknown[]) => JSON.parse(String(row[4])))
    .filter((event) => event.type === type)

const messages = (count: number) => Array.from({ length: count }, (_, index) => `Question ${index + 1}`)

describe('A replay', () => {
  it('of 50 turns with tools has 50 turns that are equal, byte by byte', async () => {
    const lines = await recordSession({ ...withTools, messages: messages(50) })
    expect(lines.join('').match(/call\.claimed/g)?.length).toBeGreaterThan(70)
    const turns = await replay(lines)
    expect(turns).toHaveLength(50)
    expect(turns.filter(({ differences }) => differences?.length !== 0)).toEqual([])
  })

  it('plays approvals, questions and declines as the user decided them', async () => {
    const decisions: Record<string, ReturnType<Script['call']>> = {
      1: { ask: 'approval', approved: true, text: 'sent' },
      3: { ask: 'approval', approved: false, text: '' },
      7: { ask: 'question', approved: true, text: 'yes' },
      9: { ask: 'question', approved: false, text: '' },
    }
    const call: Script['call'] = (job) => decisions[JSON.parse(job.arguments).number] ?? { text: '' }
    const lines = await recordSession({ ...withTools, call, messages: ['1', '3', '7', '9'] })
    expect(eventsOf(lines, 'call.decided').map(({ approved, answer }) => [approved, answer])).toEqual([
      [true, undefined],
      [false, undefined],
      [true, 'yes'],
      [false, undefined],
    ])
    expect(eventsOf(lines, 'call.ended').map(({ outcome }) => outcome)).toEqual(['completed', 'denied', 'completed', 'denied'])
    expect((await replay(lines)).map(({ differences }) => differences)).toEqual([[], [], [], []])
  })

  it('plays failures, retries and answers that began again', async () => {
    const scripts: (ModelChunk | Error)[][] = [
      [new ModelError('Busy.', {})],
      [text('There.'), usage],
      [text('Half'), new ModelError('It broke.', undefined, { status: 500, provider_code: undefined, said: 'no' })],
      [text('wrong'), { type: 'text_void' }, text('{"right":1}'), usage],
    ]
    const lines = await recordSession({ messages: messages(3), answer: () => scripts.shift() ?? [], call: () => ({ text: '' }) })
    expect((await replay(lines)).map(({ differences }) => differences)).toEqual([[], [], []])
  })

  it('finds changed code: another joining of deltas', async () => {
    const lines = await recordSession({ ...withTools, messages: messages(4) })
    const appendDelta = SessionWriter.prototype.appendDelta
    vi.spyOn(SessionWriter.prototype, 'appendDelta').mockImplementation(function (this: SessionWriter, piece) {
      return appendDelta.call(this, piece.trimEnd())
    })
    const turns = await replay(lines)
    for (const { differences = [] } of turns)
      expect(differences).toContainEqual(
        expect.objectContaining({
          type: 'item.closed',
          pointer: '/text',
          recorded: expect.stringMatching(/^The answer is/),
          replayed: expect.stringMatching(/^Theanswer is/),
        }),
      )
  })

  it('finds another prompt and another result', async () => {
    const lines = await recordSession({ ...withTools, messages: messages(3) })
    const changed = lines.map((line) => line.replace('"look {\\\\\\"number\\\\\\":2}"', '"look {}"').replace('Question 1', 'Question 9'))
    const [first, second, third] = await replay(changed)
    const typesOf = (turn?: ReplayedTurn) => turn?.differences?.map(({ type }) => type)
    expect(typesOf(first)).toContain('prompt')
    expect(typesOf(second)).toContain('prompt')
    expect(typesOf(third)).toContain('prompt')
  })

  it('names each turn that it cannot replay, with the reason, and replays the others', async () => {
    const lines = await recordSession({ ...withTools, messages: messages(3), lost: [2] })
    expect((await replay(lines)).map(({ reason }) => reason)).toEqual([undefined, 'it was not recorded', undefined])
  })

  it('refuses lines that are no complete snapshot', async () => {
    const lines = await recordSession({ ...withTools, messages: messages(1) })
    await expect(readRecordedSession(lines.slice(0, -1))).rejects.toThrow('the snapshot is incomplete')
    await expect(readRecordedSession(lines.slice(1))).rejects.toThrow('no line names the session')
    await expect(readRecordedSession([...lines.slice(0, 2), '{"type":"void"}'])).rejects.toThrow('deleted')
  })
})
