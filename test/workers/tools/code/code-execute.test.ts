import { describe, expect, it, vi } from 'vitest'
import { Program, type ProgramCall, type RunResult } from '../../../../shared/code/program.ts'
import type { NestedTools, ToolServices } from '../../../../shared/tool/context.ts'
import { codeExecute } from '../../../../workers/tools/catalog/code-execute.ts'
import { pythonRunner } from '../../../../workers/tools/code/remote-python.ts'
import { noNestedTools } from '../../../../workers/tools/nested-tools.ts'
import { offlineServices } from '../../../support/tool-services.ts'

const job = {
  tenant: 'acme',
  session: 's',
  subject: 'alice',
  turn_id: 't',
  call_id: 'c',
  token: 1,
  name: 'code_execute',
  arguments: '',
  approved: false,
}
const resume = (): never => {
  throw new Error('the program does not wait')
}
const usage = { fuel: 1, host_calls: 0, output_units: 0, memory_bytes: 0 }

const call = (args: object, services: Partial<ToolServices> = {}, nested: NestedTools = noNestedTools) =>
  codeExecute.run(JSON.stringify(args), {
    signal: new AbortController().signal,
    job,
    services: { ...offlineServices, now: () => 5_000, ...services },
    nested,
  })

describe('code_execute', () => {
  it('has the schema of the original tool, with more languages', () => {
    expect(codeExecute.parameters).toMatchObject({
      required: ['code'],
      additionalProperties: false,
      properties: { language: { enum: ['python', 'javascript', 'typescript'] }, code: { type: 'string' } },
    })
  })

  it('runs a program with the time and the seed of its call, and without tools', async () => {
    const start = vi.fn(async (_: string): Promise<RunResult> => ({ state: 'completed', value: '{"a":1}', console: [], usage }))
    expect(await call({ language: 'typescript', code: 'x' }, { code: { start, resume } })).toEqual({ ok: true, value: '{"value":{"a":1}}' })
    const [first] = start.mock.calls.map(([text]) => Program.parse(JSON.parse(text)))
    expect(first).toMatchObject({ language: 'typescript', code: 'x', now: 5_000, tools: [] })
    await call({ language: 'typescript', code: 'x' }, { code: { start, resume } })
    expect(start.mock.calls[1]).toEqual(start.mock.calls[0])
  })

  it('gives the model the console and the error with its place', async () => {
    const start = async (): Promise<RunResult> => ({
      state: 'failed',
      error: { name: 'TypeError', message: 'no', line: 2, column: 7 },
      console: [
        { level: 'log', text: 'a' },
        { level: 'warn', text: 'b' },
      ],
      usage,
    })
    const result = await call({ language: 'javascript', code: 'x' }, { code: { start, resume } })
    expect(result).toEqual({ ok: true, value: '{"console":"a\\nwarn: b","error":"TypeError: no (line 2, column 7)"}' })
  })

  it('gives a program the tools that it may call, and their results or failures', async () => {
    const calls: ProgramCall[] = [1, 2].map((id) => ({ id, name: 'echo', arguments: `{"n":${id}}` }))
    const start = async (program: string): Promise<RunResult> => {
      expect(Program.parse(JSON.parse(program)).tools).toEqual(['echo'])
      return { state: 'waiting', calls, snapshot: Uint8Array.of(7), console: [], usage }
    }
    const end = vi.fn(
      async (_: Uint8Array, results: string): Promise<RunResult> => ({ state: 'completed', value: results, console: [], usage }),
    )
    const nested: NestedTools = {
      ...noNestedTools,
      names: ['echo'],
      call: async (name, args, id) => ({ outcome: id === 1 ? 'completed' : 'denied', text: `${name} ${args}` }),
    }
    const result = await call({ language: 'javascript', code: 'x' }, { code: { start, resume: end } }, nested)
    expect(end.mock.calls[0]?.[0]).toEqual(Uint8Array.of(7))
    expect(result.ok && JSON.parse(result.value).value).toEqual([
      { id: 1, ok: true, text: 'echo {"n":1}' },
      { id: 2, ok: false, text: 'echo {"n":2}' },
    ])
  })

  it('refuses Python in words that name the variable, if no runner is configured', async () => {
    expect(await call({ code: 'print(1)' })).toMatchObject({ ok: false, error: expect.stringContaining('SOMA_PYTHON_URL') })
  })
})

describe('The Python runner', () => {
  const env = { SOMA_PYTHON_URL: 'http://python.internal:8000/run', SOMA_PYTHON_TOKEN: 'a-token' }
  const respondWith = (respond: (url: string, init: RequestInit) => Response | Promise<Response>) => {
    const send = vi.fn(async (url: unknown, init?: RequestInit) => respond(String(url), init ?? {}))
    return { send, python: pythonRunner(env, send as typeof fetch) }
  }

  it('gets program, id and token, and its output and error go to the model', async () => {
    const { send, python } = respondWith(() => Response.json({ output: '42\n', error: 'ValueError: x' }))
    expect(await call({ language: 'python', code: 'print(6*7)' }, { python })).toEqual({
      ok: true,
      value: '{"console":"42\\n","error":"ValueError: x"}',
    })
    const [url, init] = send.mock.calls[0] ?? []
    expect(url).toBe('http://python.internal:8000/run')
    expect(init).toMatchObject({ method: 'POST', redirect: 'manual', headers: { authorization: 'Bearer a-token' } })
    expect(JSON.parse(String(init?.body))).toEqual({ language: 'python', code: 'print(6*7)', id: 's/t/c' })
  })

  it.each<[string, () => Response | Promise<Response>, RegExp]>([
    ['is unreachable', () => Promise.reject(new TypeError('connect http://python.internal a-token')), /cannot be reached/],
    ['answers with an error', () => new Response('a-token', { status: 500 }), /answered with 500/],
    ['redirects', () => new Response(null, { status: 307, headers: { location: 'http://evil.test' } }), /answered with 307/],
    ['answers with text', () => new Response('hello'), /cannot be read/],
    ['answers with another form', () => Response.json({ output: 5 }), /cannot be read/],
    ['answers without end', () => new Response('x'.repeat(1_000_001)), /more than 1 MB/],
  ])('is reported in words when it %s, without address and token', async (_, respond, words) => {
    const result = await call({ language: 'python', code: 'x' }, { python: respondWith(respond).python })
    expect(result).toMatchObject({ ok: false, error: expect.stringMatching(words) })
    expect(JSON.stringify(result)).not.toMatch(/a-token|internal/)
  })

  it('does not exist without an address', () => {
    expect(pythonRunner({})).toBeNull()
  })
})
