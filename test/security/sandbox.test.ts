/** Abuse case 23: programs that try to leave their engine, or to use up what it runs on. sandbox.long.test.ts has what takes seconds. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { toolCalls } from '../../shared/code/limits.ts'
import type { RunResult } from '../../shared/code/program.ts'
import { type GuestText, Host } from '../../workers/code/machine/host.ts'
import { Machine } from '../../workers/code/machine/machine.ts'
import { hostFunction } from '../../workers/code/machine/run.ts'
import { engine, run } from '../support/engine.ts'
import { type Attack, escapes, quickExhaustions } from './sandbox-cases.ts'

/** What an escape would find. Node's own globals are the rest of it. */
const canary = 'canaryOfTheHost'
let tried = 0
let escaped = 0

beforeAll(() => {
  Object.assign(globalThis, { [canary]: 'a secret' })
})
afterAll(() => {
  Reflect.deleteProperty(globalThis, canary)
  console.info(`sandbox: ${tried} tried, ${escaped} escaped`)
})

/** An escape ends with `true`, or shows something of the host. */
function hasEscaped(result: RunResult): boolean {
  const text = JSON.stringify(result)
  return (result.state === 'completed' && result.value === 'true') || /file:|node:|\/test\/|\/workers\/|a secret/.test(text)
}

async function attack({ code }: Attack): Promise<RunResult> {
  tried += 1
  const result = await run(code)
  if (hasEscaped(result)) escaped += 1
  return result
}

describe('23. A program', () => {
  for (const attempt of escapes)
    it(`does not leave its engine by ${attempt.name} (${attempt.stoppedBy})`, async () => {
      const result = await attack(attempt)
      expect([hasEscaped(result), result]).toEqual([false, result])
      // What it changed is its own.
      expect(Object.keys(Object.prototype)).toEqual([])
      expect(JSON.stringify({ a: 1 })).toBe('{"a":1}')
      expect(await run('1 + 1')).toMatchObject({ value: '2' })
    })

  for (const exhaustion of quickExhaustions)
    it(`is ended by the limit ${exhaustion.stoppedBy}: ${exhaustion.name}`, async () => {
      const result = await attack(exhaustion)
      expect(result).toMatchObject({ state: 'failed', error: { limit: exhaustion.stoppedBy } })
      expect(result.console.reduce((units, { text }) => units + text.length, 0)).toBeLessThanOrEqual(65_536)
    })

  it(`calls tools ${toolCalls} times at most, each id once, and only tools that it has`, async () => {
    const flood = await run('for (;;) { try { tools.echo({}) } catch {} }', { tools: ['echo'] })
    expect(flood).toMatchObject({ state: 'failed', error: { limit: 'tool_calls' } })
    expect(await run('tools.other({})', { tools: ['echo'] })).toMatchObject({ state: 'failed', error: { name: 'TypeError' } })
    for (const args of ['[1]', '"text"', 'null', '5', '() => 1'])
      expect(await run(`await tools.echo(${args})`, { tools: ['echo'] })).toMatchObject({ state: 'failed' })
  })
})

describe('23. The function of the host', () => {
  /** Runs a program that has the function itself, as after an escape from the prelude. A host that met a limit is replaced. */
  async function withRawHost(first: Host, seed: number, code: string): Promise<unknown> {
    const machine = await Machine.create(engine, { now: 0, seed, ticks: Number.POSITIVE_INFINITY })
    try {
      const { vm, fuel } = machine
      let host = first
      const raw = vm.newFunction('raw', (...texts) => {
        if (host.exceeded !== undefined) {
          host = new Host(['echo'])
          machine.fuel = fuel
        }
        return hostFunction(machine, host)(...texts)
      })
      vm.setProp(vm.global, 'raw', raw)
      return JSON.parse(vm.evalCode(code, 'attack.js').toString())
    } finally {
      machine.dispose()
    }
  }

  it('answers 100,000 malformed calls with typed errors only, and never throws', async () => {
    const counts: Record<string, number> = {}
    for (let seed = 0; seed < 10; seed += 1) {
      const answers = (await withRawHost(new Host(['echo']), seed, malformedCalls)) as Record<string, number>
      for (const [kind, count] of Object.entries(answers)) counts[kind] = (counts[kind] ?? 0) + count
    }
    const { ok = 0, malformed = 0, too_long = 0, limit = 0, ...others } = counts
    expect(others).toEqual({})
    expect(malformed + too_long + limit + ok).toBe(100_000)
    expect(malformed).toBeGreaterThan(50_000)
    expect(too_long).toBeGreaterThan(0)
    console.info(`sandbox: 100,000 calls of the host: ${malformed} malformed, ${too_long} too long, ${limit} over a limit, ${ok} valid`)
  })

  it('notes the first ending only', async () => {
    const host = new Host([])
    await withRawHost(host, 0, `raw('done', 'json', '1'); raw('failed', 'a', 'b', 'c'); raw('done', 'json', '2'); '1'`)
    expect(host.ending).toEqual({ kind: 'done', value: '1' })
  })

  it('refuses a text that the engine cannot give', () => {
    const broken: GuestText = { isString: true, length: 3, toString: () => '<null>' }
    const throwing: GuestText = {
      isString: true,
      length: 3,
      toString() {
        throw new Error('/a/path/of/the/host.ts')
      },
    }
    for (const text of [broken, throwing]) expect(JSON.parse(new Host([]).answer([text]))).toMatchObject({ ok: false, kind: 'malformed' })
  })
})

/** 10,000 calls with texts and other values, drawn by the seed of the machine. The value counts the answers by kind. */
const malformedCalls = `
const long = 'x'.repeat(70000)
const trap = new Proxy({}, { get() { throw new Error('trap') }, getPrototypeOf() { throw new Error('trap') } })
const pool = [
  () => undefined, () => null, () => 0, () => -1, () => NaN, () => 2n ** 70n, () => true, () => Symbol('log'), () => () => 'log', () => [], () => ['log', 'log', 'x'],
  () => ({ toString: () => 'log' }), () => ({ toString() { throw new Error('no') } }), () => trap, () => new String('log'), () => Object.create(null),
  () => '', () => 'log', () => 'call', () => 'done', () => 'failed', () => 'LOG', () => '__proto__', () => 'constructor', () => 'toString', () => 'exit',
  () => '1', () => '0', () => '-1', () => '1e9', () => 'NaN', () => '1.5', () => ' 1', () => 'echo', () => 'other', () => '{}', () => '{', () => '[]', () => 'null',
  () => '{"__proto__":{"a":1}}', () => 'info', () => 'json', () => 'text', () => 'none', () => '\\ud800', () => '\\u0000', () => long,
]
const pick = () => pool[Math.floor(Math.random() * pool.length)]()
const counts = {}
for (let n = 0; n < 10000; n += 1) {
  let kind
  try {
    const answer = raw(...Array.from({ length: Math.floor(Math.random() * 7) }, pick))
    const parsed = typeof answer === 'string' ? JSON.parse(answer) : {}
    kind = parsed.ok === true ? 'ok' : parsed.ok === false && typeof parsed.error === 'string' ? parsed.kind : 'untyped'
    if (/\\/|Error/.test(answer)) kind = 'leak'
  } catch { kind = 'thrown' }
  counts[kind] = (counts[kind] ?? 0) + 1
}
JSON.stringify(counts)`
