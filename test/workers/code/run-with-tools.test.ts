import { describe, expect, it } from 'vitest'
import { CallResults, type CodeRunnerPort, Program, type ProgramCall } from '../../../shared/code/program.ts'
import { type ProgramCallResult, runWithTools } from '../../../shared/code/run-with-tools.ts'
import { resumeProgram, startProgram } from '../../../workers/code/machine/run.ts'
import { engine, programOf } from '../../support/engine.ts'

const runner: Pick<CodeRunnerPort, 'start' | 'resume'> = {
  start: (program) => startProgram(engine, Program.parse(JSON.parse(program))),
  resume: (snapshot, results) => resumeProgram(engine, snapshot, CallResults.parse(JSON.parse(results))),
}
const signal = new AbortController().signal
const echo = async ({ arguments: args }: ProgramCall): Promise<ProgramCallResult> => ({ ok: true, text: JSON.parse(args).text })
const run = (code: string, call = echo, stop = signal) => runWithTools(runner, programOf(code, { tools: ['echo'] }), call, stop)

describe('A program with tools', () => {
  it('runs its calls together, at most four at a time, and continues with their results in order', async () => {
    let running = 0
    let most = 0
    const code = `console.log('start')
const all = await Promise.all(Array.from({ length: 8 }, (_, n) => tools.echo({ text: 'r' + n })))
console.log('end')
all.join(' ')`
    const result = await run(code, async (call) => {
      running += 1
      most = Math.max(most, running)
      await new Promise((resolve) => setTimeout(resolve, 1))
      running -= 1
      return echo(call)
    })
    expect(most).toBe(4)
    expect(result).toMatchObject({
      state: 'completed',
      value: '"r0 r1 r2 r3 r4 r5 r6 r7"',
      console: [
        { level: 'log', text: 'start' },
        { level: 'log', text: 'end' },
      ],
    })
  })

  it('gets the failure of a call as an error that it can catch', async () => {
    const refuse = async (): Promise<ProgramCallResult> => ({ ok: false, text: 'You may not.' })
    expect(await run(`try { await tools.echo({}) } catch (error) { error.message }`, refuse)).toMatchObject({ value: '"You may not."' })
    expect(await run('await tools.echo({})', refuse)).toMatchObject({
      state: 'failed',
      error: { name: 'ToolError', message: 'You may not.' },
    })
  })

  it('makes one call after the other, each with the clock and the randomness of the program', async () => {
    const code = `const seen = [Date.now(), Math.random()]
for (let n = 0; n < 3; n += 1) seen.push(await tools.echo({ text: String(n) }), Date.now(), Math.random())
seen`
    const [first, second] = [await run(code), await run(code)]
    expect(first).toMatchObject({ state: 'completed' })
    expect(second).toEqual(first)
  })

  it('stops between two runs when its result is no longer needed', async () => {
    const stop = new AbortController()
    let calls = 0
    const stopping = run(
      'for (;;) await tools.echo({ text: "a" })',
      async (call) => {
        calls += 1
        if (calls === 3) stop.abort(new Error('released'))
        return echo(call)
      },
      stop.signal,
    )
    await expect(stopping).rejects.toThrow('released')
    expect(calls).toBe(3)
  })

  it('starts again if its snapshot cannot be read, and continues from one that can', async () => {
    const kept: { snapshot: Uint8Array; engine: string; calls: readonly ProgramCall[] }[] = []
    const keep = async (program: (typeof kept)[number]) => void kept.push(program)
    const program = programOf(`console.log('start'); [await tools.echo({ text: 'a' }), Math.random()]`, { tools: ['echo'] })
    const whole = await runWithTools(runner, program, echo, signal, { step: null, keep })
    expect(kept).toMatchObject([{ engine: engine.hash, calls: [{ id: 1, name: 'echo' }] }])
    const [{ snapshot, calls } = { snapshot: new Uint8Array(), calls: [] }] = kept
    const console = [{ level: 'log', text: 'start' }] as const
    const outcomes = [snapshot, Uint8Array.of(1, 2, 3, 4, 5)].map((bytes) =>
      runWithTools(runner, program, echo, signal, { step: { snapshot: bytes, console, calls }, keep: async () => {} }),
    )
    for (const outcome of outcomes)
      expect(await outcome).toMatchObject({ state: 'completed', value: whole.state === 'completed' ? whole.value : '', console })
  })
})
