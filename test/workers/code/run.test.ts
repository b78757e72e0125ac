import { describe, expect, it } from 'vitest'
import type { RunResult } from '../../../shared/code/program.ts'
import { resumeProgram } from '../../../workers/code/machine/run.ts'
import { engine, run, runTypeScript } from '../../support/engine.ts'

const resultOf = (result: RunResult): unknown => (result.state === 'completed' ? JSON.parse(result.value ?? 'null') : result)
const errorOf = (result: RunResult) => (result.state === 'failed' ? result.error : result)

/** The globals of the language, and of the engine: `InternalError` is its error for exhausted limits. */
const language = [
  'globalThis undefined NaN Infinity eval isFinite isNaN parseFloat parseInt escape unescape',
  'decodeURI decodeURIComponent encodeURI encodeURIComponent Symbol(Symbol.toStringTag)',
  'Object Function Boolean Symbol Number BigInt Math Date String RegExp Array Map Set WeakMap WeakSet Iterator',
  'Error AggregateError EvalError InternalError RangeError ReferenceError SuppressedError SyntaxError TypeError URIError',
  'ArrayBuffer DataView Int8Array Uint8Array Uint8ClampedArray Int16Array Uint16Array Int32Array Uint32Array',
  'Float16Array Float32Array Float64Array BigInt64Array BigUint64Array',
  'JSON Promise Proxy Reflect DisposableStack AsyncDisposableStack',
].flatMap((names) => names.split(' '))

describe('A program', () => {
  it('gives the value of its last expression, and waits for a promise', async () => {
    expect(await run('const a = [1, 2]; ({ sum: a[0] + a[1] })')).toMatchObject({ state: 'completed', value: '{"sum":3}' })
    expect(resultOf(await run('await Promise.resolve(5)'))).toBe(5)
    expect(resultOf(await run('async function main() { return "done" }\nmain()'))).toBe('done')
    expect(await run('const a = 1')).toMatchObject({ value: null })
  })

  it('gives a value without a JSON form as text', async () => {
    expect(resultOf(await run('10n ** 20n'))).toBe('100000000000000000000')
    expect(resultOf(await run('const a = {}; a.a = a; a'))).toBe('[object Object]')
    expect(resultOf(await run('Symbol("s")'))).toBe('Symbol(s)')
  })

  it('writes to its console in order', async () => {
    const { console } = await run('console.log("a", 1, { b: [2] }); console.error(new TypeError("no")); console.debug()')
    expect(console).toEqual([
      { level: 'log', text: 'a 1 {"b":[2]}' },
      { level: 'error', text: 'TypeError: no' },
      { level: 'debug', text: '' },
    ])
  })

  it('fails with name, message and place of its error', async () => {
    expect(errorOf(await run('\nnull.x'))).toEqual({ name: 'TypeError', message: "cannot read property 'x' of null", line: 2, column: 1 })
    expect(errorOf(await run('const a = 1\n  const b = ;'))).toMatchObject({ name: 'SyntaxError', line: 2 })
    expect(errorOf(await run('throw "a text"'))).toEqual({ name: 'Error', message: 'a text' })
    expect(errorOf(await run('await new Promise(() => {})'))).toMatchObject({ message: expect.stringContaining('nothing settles') })
  })

  it('keeps the console of a program that fails', async () => {
    expect(await run('console.log("before"); throw new Error("x")')).toMatchObject({
      state: 'failed',
      console: [{ level: 'log', text: 'before' }],
    })
  })

  it('is the same each time: clock and randomness are part of it', async () => {
    const code = '[Math.random(), Math.random(), Date.now(), new Date().toISOString(), new Date().getTimezoneOffset()]'
    const first = await run(code)
    expect(await run(code)).toEqual(first)
    expect(resultOf(first)).toMatchObject({ 2: Date.UTC(2026, 10, 30), 3: '2026-11-30T00:00:00.000Z', 4: 0 })
    const other = resultOf(await run(code, { seed: 8 })) as number[]
    expect(other[0]).not.toBe((resultOf(first) as number[])[0])
  })

  it('has the language, `console`, and nothing else', async () => {
    const names = resultOf(await run('Reflect.ownKeys(globalThis).map(String)')) as string[]
    expect(names.filter((name) => !language.includes(name))).toEqual(['console'])
    const absent = ['fetch', 'setTimeout', 'process', 'require', 'WebAssembly', 'performance', 'crypto', 'tools', 'host', 'queueMicrotask']
    expect(resultOf(await run(`[${absent.map((name) => `typeof ${name}`).join(', ')}]`))).toEqual(absent.map(() => 'undefined'))
    expect(errorOf(await run('await import("fs")'))).toMatchObject({ message: expect.stringContaining('cannot load modules') })
    expect(errorOf(await run('return 5'))).toMatchObject({ message: expect.stringContaining('last expression') })
  })
})

describe('A program in TypeScript', () => {
  it('runs without its types', async () => {
    const code = `interface Point { readonly x: number }
enum Colour { Red = 'red' }
class Box<T extends Point> { constructor(private readonly point: T) {} get x(): number { return this.point.x } }
type Loose = Partial<Point>
const box = new Box<Point>({ x: 2 } satisfies Point)
;[box.x as number, Colour.Red, (<T,>(value: T): T => value)(3), [1].map((n): number => n!)[0]]`
    expect(resultOf(await runTypeScript(code))).toEqual([2, 'red', 3, 1])
  })

  it('keeps the lines of errors', async () => {
    expect(errorOf(await runTypeScript('interface A {\n  a: string\n}\nconst a: A | null = null\n;(a as any).a'))).toMatchObject({
      line: 5,
    })
  })

  it('is refused with the place of what has no JavaScript form', async () => {
    const refused = [
      ['const a = 1\nnamespace N { export const b = 2 }', 'Namespaces', 2, 1],
      ['  module M.N { export const b = 2 }', 'Namespaces', 1, 3],
      ['import fs = require("fs")', '`import … =`', 1, 1],
      ['export = 5', '`export =`', 1, 1],
      ['@sealed\nclass A {}', 'Decorators', 1, 1],
      ['const a: = 1', 'cannot be read', 1, 10],
    ] as const
    for (const [code, message, line, column] of refused)
      expect([code, errorOf(await runTypeScript(code))]).toEqual([
        code,
        { name: 'SyntaxError', message: expect.stringContaining(message), line, column },
      ])
  })

  it('may name a variable as a refused form', async () => {
    expect(
      resultOf(await runTypeScript('declare namespace N { const a: number }\nconst namespace = 1, module = 2\nnamespace + module')),
    ).toBe(3)
    expect(resultOf(await runTypeScript('"namespace N {"'))).toBe('namespace N {')
  })
})

describe('A waiting program', () => {
  const waiting = async (code: string, tools = ['echo', 'find']): Promise<RunResult & { readonly state: 'waiting' }> => {
    const result = await run(code, { tools })
    if (result.state !== 'waiting') throw new Error(`not waiting: ${JSON.stringify(result)}`)
    return result
  }

  it('lists its calls, and continues from its snapshot in any order of results', async () => {
    const first = await waiting('const [a, b] = await Promise.all([tools.echo({ text: "hi" }), tools.find({})]); [a, b, Math.random()]')
    expect(first.calls).toEqual([
      { id: 1, name: 'echo', arguments: '{"text":"hi"}' },
      { id: 2, name: 'find', arguments: '{}' },
    ])
    const second = await resumeProgram(engine, first.snapshot, [{ id: 2, ok: true, text: '{"found":1}' }])
    expect(second).toMatchObject({ state: 'waiting', calls: [] })
    const snapshot = second.state === 'waiting' ? second.snapshot : new Uint8Array()
    const third = await resumeProgram(engine, snapshot, [{ id: 1, ok: true, text: 'hi' }])
    expect(resultOf(third)).toEqual(['hi', { found: 1 }, (resultOf(await run('[Math.random()]')) as number[])[0]])
  })

  it('catches the failure of a call', async () => {
    const { snapshot } = await waiting('try { await tools.echo({}) } catch (error) { [error.name, error.message] }')
    expect(resultOf(await resumeProgram(engine, snapshot, [{ id: 1, ok: false, text: 'denied' }]))).toEqual(['ToolError', 'denied'])
  })

  it('continues equally each time, and ignores results of calls that it did not make', async () => {
    const { snapshot } = await waiting('const a = await tools.echo({}); [a, Math.random(), Date.now()]')
    const results = [
      { id: 9, ok: true, text: 'forged' },
      { id: 1, ok: true, text: 'one' },
      { id: 1, ok: true, text: 'two' },
    ]
    const first = await resumeProgram(engine, snapshot, results)
    expect(first).toEqual(await resumeProgram(engine, snapshot, results))
    expect(resultOf(first)).toMatchObject({ 0: 'one' })
  })

  it('has one budget from start to end', async () => {
    const code = 'let n = 0; for (;;) { for (let i = 0; i < 2000000; i += 1) n += 1; await tools.echo({}) }'
    let result: RunResult = await waiting(code)
    const fuel: number[] = []
    for (let id = 1; result.state === 'waiting' && id < 100; id += 1) {
      fuel.push(result.usage.fuel)
      result = await resumeProgram(engine, result.snapshot, [{ id, ok: true, text: '' }])
    }
    expect(result).toMatchObject({ state: 'failed', error: { limit: 'fuel' } })
    expect(fuel).toEqual([...fuel].sort((a, b) => a - b))
  })

  it('is refused if its snapshot is of another engine or is cut', async () => {
    const { snapshot } = await waiting('await tools.echo({})')
    const results = [{ id: 1, ok: true, text: '' }]
    const other = { ...engine, hash: 'another' }
    expect(errorOf(await resumeProgram(other, snapshot, results))).toMatchObject({
      name: 'SnapshotError',
      message: expect.stringContaining('another version'),
    })
    for (const cut of [snapshot.subarray(0, 3), snapshot.subarray(0, 200), snapshot.subarray(0, snapshot.length - 9), new Uint8Array()])
      expect(errorOf(await resumeProgram(engine, cut, results))).toMatchObject({ name: 'SnapshotError' })
  })

  it('may not hold more than fits into a snapshot', async () => {
    expect(errorOf(await run('const a = new Uint8Array(9e6).fill(1); await tools.echo({}); a.length', { tools: ['echo'] }))).toMatchObject({
      limit: 'memory',
    })
  })
})
