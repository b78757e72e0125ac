/** Abuse case 23, what takes seconds: programs that only fuel ends, the deployed bundle in workerd, and memory over 10,000 runs. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { RunResult } from '../../shared/code/program.ts'
import { type CodeWorker, startCodeWorker } from '../support/code-worker.ts'
import { programOf, run } from '../support/engine.ts'
import { type Attack, escapes, quickExhaustions, slowExhaustions } from './sandbox-cases.ts'

describe('23. A program in workerd', () => {
  let worker: CodeWorker
  let tried = 0
  let escaped = 0

  beforeAll(async () => {
    worker = await startCodeWorker()
  }, 150_000)
  afterAll(async () => {
    await worker?.stop()
    console.info(`sandbox in workerd: ${tried} tried, ${escaped} escaped`)
  })

  /** The result as a copy: what comes through the proxy of the runtime is no plain object. */
  async function attack({ code }: Attack): Promise<RunResult> {
    tried += 1
    const result = await worker.runner.start(JSON.stringify(programOf(code)))
    const [state, console, error] = [result.state, result.console, result.state === 'failed' ? result.error : undefined]
    const value = result.state === 'completed' ? result.value : null
    if (value === 'true') escaped += 1
    return { state, console, error, value } as unknown as RunResult
  }

  it('does not leave its engine', async () => {
    for (const one of escapes) expect([one.name, await attack(one)]).not.toMatchObject([one.name, { value: 'true' }])
    expect(escaped).toBe(0)
  }, 120_000)

  for (const exhaustion of [...quickExhaustions, ...slowExhaustions])
    it(`is ended by the limit ${exhaustion.stoppedBy}: ${exhaustion.name}`, async () => {
      expect(await attack(exhaustion)).toMatchObject({ state: 'failed', error: { limit: exhaustion.stoppedBy } })
      expect(await attack({ name: 'the next program', code: '1 + 1', stoppedBy: 'wall' })).toMatchObject({ value: '2' })
    })

  it('continues from its snapshot', async () => {
    const first = await worker.runner.start(JSON.stringify(programOf('(await tools.echo({})) + 1', { tools: ['echo'] })))
    const snapshot = first.state === 'waiting' ? first.snapshot : new Uint8Array()
    const last = await worker.runner.resume(snapshot, JSON.stringify([{ id: 1, ok: true, text: 'a' }]))
    expect(last.state === 'completed' && last.value).toBe('"a1"')
  })
})

describe('23. The limits', () => {
  afterAll(() => {
    vi.useRealTimers()
  })

  it('do not rest on time: with a frozen clock each program ends by the same limit, with the same fuel', async () => {
    const attacks = [...quickExhaustions.slice(0, 3), ...slowExhaustions.slice(0, 3)]
    // The first engine of an isolate compiles the prelude, and spends a few units of fuel otherwise.
    for (const { code } of attacks) await run(code)
    const before: RunResult[] = []
    for (const { code } of attacks) before.push(await run(code))
    vi.useFakeTimers({ toFake: ['Date', 'performance', 'setTimeout', 'setInterval', 'setImmediate'] })
    const frozen: RunResult[] = []
    for (const { code } of attacks) frozen.push(await run(code))
    expect(frozen).toEqual(before)
    vi.useRealTimers()
  }, 120_000)

  it('keep memory flat over 10,000 runs', async () => {
    const residentMiB = () => Math.round(process.memoryUsage().rss / 2 ** 20)
    const programs = ['console.log("x"); [1, 2, 3].map((x) => x * 2)', 'throw new Error("x")', 'new Array(1000).fill("y".repeat(50))']
    const readings: number[] = []
    for (let count = 0; count < 10_000; count += 1) {
      await run(programs[count % programs.length] ?? '')
      if (count % 1_000 === 999) readings.push(residentMiB())
    }
    console.info(`sandbox: resident memory after each 1,000 runs, MiB: ${readings.join(' ')}`)
    expect(Math.max(...readings.slice(5)) - Math.max(...readings.slice(0, 3))).toBeLessThan(64)
  }, 600_000)
})
