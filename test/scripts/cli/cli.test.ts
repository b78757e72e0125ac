/** The command line client, with a client that answers from a script. */
import { describe, expect, it } from 'vitest'
import { type CliIo, plain } from '../../../scripts/cli/io.ts'
import { run } from '../../../scripts/cli/run.ts'
import type { Client } from '../../../shared/client/client.ts'
import { ApiError, Unreachable } from '../../../shared/client/errors.ts'

const turn = 't1'
const frame = (data: object) => ({ id: '1', data: { turn_id: turn, ...data } })
const delta = (text: string) => frame({ type: 'item.delta', text })
const ended = (outcome: string, reason?: string) => frame({ type: 'turn.ended', outcome, ...(reason && { reason }) })
const refusal = (status: number) => new ApiError({ type: 'about:blank', status, title: 'No', detail: `no: ${status}`, request_id: '' })

interface Script {
  readonly frames?: readonly object[]
  readonly error?: Error
  readonly lines?: readonly string[]
  readonly answer?: string | null
}

/** Runs the command. `calls`: of the client. */
async function soma(
  args: readonly string[],
  { frames = [delta('Hi.'), frame({ type: 'item.closed' }), ended('completed')], error, lines = [], answer = null }: Script = {},
) {
  const calls: unknown[][] = []
  let [out, err] = ['', '']
  const io: CliIo = {
    url: 'http://soma.test',
    token: 'token',
    out: (text) => {
      out += text
    },
    err: (text) => {
      err += text
    },
    async *lines() {
      yield* lines
    },
    ask: async () => answer,
    onInterrupt: () => () => {},
  }
  const answering =
    (name: string, value: unknown) =>
    async (...parameters: unknown[]) => {
      calls.push([name, ...parameters])
      if (error) throw error
      return value
    }
  const client = {
    sendMessage: answering('sendMessage', { session_id: 's1', turn_id: turn, seq: 2, event_id: 'e' }),
    async *watch() {
      yield frame({ turn_id: 'another', type: 'item.delta', text: 'of another turn' })
      yield* frames
    },
    decideCall: answering('decideCall', undefined),
    listSessions: answering('listSessions', { sessions: [{ session_id: 's1', title: 'Rivers\u001b[2J' }], next_cursor: null }),
    history: answering('history', {
      turns: [
        {
          items: [
            { role: 'user', text: 'hello' },
            { role: 'assistant', text: 'Hi.' },
          ],
        },
      ],
    }),
    renameSession: answering('renameSession', { session_id: 's1', title: 'Lakes' }),
    trashSession: answering('trashSession', undefined),
  } as unknown as Client
  const code = await run(args, io, () => client)
  return { code, out, err, calls }
}

describe('soma chat', () => {
  it('prints the answer of its turn, and the session that it began', async () => {
    expect(await soma(['chat', 'hello', 'there', '--persona', 'poet'])).toEqual({
      code: 0,
      out: 'Hi.\n',
      err: 'session s1\n',
      calls: [['sendMessage', { message: 'hello there', persona_id: 'poet' }]],
    })
  })

  it('sends each line of the input in one session', async () => {
    const { calls, code } = await soma(['chat'], { lines: ['one', '', 'two'] })
    expect([code, calls.map(([, message]) => message)]).toEqual([0, [{ message: 'one' }, { message: 'two', session_id: 's1' }]])
  })

  it('prints one JSON value a line with --json, and nothing else', async () => {
    const { out, err } = await soma(['chat', 'hi', '--json'])
    expect(
      out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).type),
    ).toEqual(['item.delta', 'item.closed', 'turn.ended'])
    expect(err).toBe('')
  })

  it('says how a turn ended by its exit code', async () => {
    expect(await soma(['chat', 'x'], { frames: [ended('failed', 'The model is away.')] })).toMatchObject({
      code: 1,
      err: expect.stringContaining('away'),
    })
    expect((await soma(['chat', 'x'], { frames: [ended('cancelled')] })).code).toBe(130)
    expect((await soma(['chat', 'x'], { error: refusal(401) })).code).toBe(3)
    expect((await soma(['chat', 'x'], { error: refusal(404) })).code).toBe(4)
    expect((await soma(['chat', 'x'], { error: refusal(503) })).code).toBe(5)
    expect((await soma(['chat', 'x'], { error: new Unreachable(null) })).code).toBe(5)
  })

  it('asks about a call that waits, and decides nothing by itself', async () => {
    const frames = [frame({ type: 'call.parked', call_id: 'c1', reason: 'once' }), ended('completed')]
    expect(await soma(['chat', 'x'], { frames })).toMatchObject({ code: 6, calls: [['sendMessage', expect.anything()]] })
    expect((await soma(['chat', 'x'], { frames, answer: 'y' })).calls.at(-1)).toEqual(['decideCall', 's1', 'c1', true])
    expect((await soma(['chat', 'x'], { frames, answer: 'yet' })).calls.at(-1)).toEqual(['decideCall', 's1', 'c1', false])
  })
})

describe('soma sessions', () => {
  it('lists, shows, renames and deletes', async () => {
    expect((await soma(['sessions'])).out).toBe('s1  Rivers[2J\n')
    expect((await soma(['sessions', 'show', 's1'])).out).toBe('user: hello\nassistant: Hi.\n')
    expect((await soma(['sessions', 'rename', 's1', 'Lakes'])).out).toBe('s1  Lakes\n')
    expect(await soma(['sessions', 'delete', 's1', '--json'])).toMatchObject({ code: 0, out: '{"session_id":"s1","deleted":true}\n' })
  })
})

describe('soma', () => {
  it('refuses wrong commands, and says how it is used', async () => {
    for (const args of [['dance'], ['sessions', 'show'], ['sessions', 'eat', 's1'], ['chat', '--loud'], ['sessions', '--limit', '0'], []])
      expect((await soma(args)).code, args.join(' ')).toBe(2)
    expect(await soma(['--help'])).toMatchObject({ code: 0, out: expect.stringContaining('Exit codes') })
  })

  it('prints no character that controls a terminal', () => {
    expect(plain('a\u001b[31mb\u0007\r\n\tc\u009b2J')).toBe('a[31mb\n\tc2J')
  })
})
