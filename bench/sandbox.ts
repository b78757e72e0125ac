/**
 * The cost of the code Worker's limits: its runner beside QuickJS used directly (the same package without meter, limits and prelude).
 * Both run in this process and alternate. Also the size of a snapshot, and the time to write and to read it.
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { EvalFlags, QuickJS } from 'quickjs-wasi'
import type { Program } from '../shared/code/program.ts'
import type { Engine } from '../workers/code/machine/engine.ts'
import { resumeProgram, startProgram } from '../workers/code/machine/run.ts'
import { median, quantile, ratios, spread } from './statistics.ts'

/** Programs by name: what models write, from little work to much. */
const programs: Readonly<Record<string, string>> = {
  'arithmetic: 6 * 7': '6 * 7',
  'JSON: 1,000 records, filtered and summed': `const rows = JSON.parse(JSON.stringify(Array.from({ length: 1000 }, (_, id) => ({ id, price: id % 17, name: 'item ' + id }))))
rows.filter(({ price }) => price > 8).reduce((sum, { price }) => sum + price, 0)`,
  'text: 2,000 words counted by pattern': `const text = Array.from({ length: 2000 }, (_, n) => ['alpha', 'beta', 'gamma'][n % 3] + n % 50).join(' ')
const counts = new Map()
for (const [word] of text.matchAll(/[a-z]+\\d+/g)) counts.set(word, (counts.get(word) ?? 0) + 1)
counts.size`,
  'loop: 300,000 turns in a function': 'const f = () => { let n = 0; for (let i = 0; i < 300000; i += 1) n += i % 7; return n }\nf()',
  'sort: 20,000 numbers': 'Array.from({ length: 20000 }, (_, n) => (n * 7919) % 20011).sort((a, b) => a - b)[5]',
}

/** Runs per program and round. */
const runs = 20
/** Snapshots that are measured. */
const snapshots = 100

const folder = join(import.meta.dirname, '../workers/code/engine')
const text = (file: string): string => readFileSync(join(folder, file), 'utf8')
const programOf = (code: string, tools: readonly string[] = []): Program => ({
  language: 'javascript',
  code,
  now: 0,
  seed: 1,
  tools: [...tools],
})

const loadEngine = async (): Promise<Engine> => ({
  module: await WebAssembly.compile(readFileSync(join(folder, 'quickjs.wasm'))),
  prelude: text('prelude.txt'),
  stripTypes: text('strip-types.txt'),
  hash: text('hash.txt'),
})
const loadPeer = () => WebAssembly.compile(readFileSync(createRequire(import.meta.url).resolve('quickjs-wasi/quickjs.wasm')))

async function ours(engine: Engine, code: string): Promise<string> {
  const result = await startProgram(engine, programOf(code))
  if (result.state !== 'completed') throw new Error(`a program of the benchmark failed: ${JSON.stringify(result)}`)
  return result.value ?? ''
}

/** As the package's README runs a program: an engine, the program, its value as JSON, and the end of the engine. */
async function peer(wasm: WebAssembly.Module, code: string): Promise<string> {
  const vm = await QuickJS.create({ wasm })
  try {
    const promise = vm.evalCode(code, 'program.js', EvalFlags.ASYNC)
    vm.executePendingJobs()
    const settled = await vm.resolvePromise(promise)
    if ('error' in settled) throw new Error('a program of the benchmark failed')
    return JSON.stringify(vm.dump(settled.value.getProp('value')))
  } finally {
    vm.dispose()
  }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}

/** The median of `runs` runs of each contender, which alternate. Milliseconds. */
async function pair(run: () => Promise<string>, other: () => Promise<string>): Promise<[number, number]> {
  const [times, otherTimes]: [number[], number[]] = [[], []]
  for (let n = 0; n < runs; n += 1) {
    times.push(await timed(run))
    otherTimes.push(await timed(other))
  }
  return [median(times), median(otherTimes)]
}

export async function sandbox(rounds: number, log: (line: string) => void): Promise<string> {
  const [engine, wasm] = [await loadEngine(), await loadPeer()]
  const rows: string[] = []
  const row = (name: string, mine: readonly number[], direct: readonly number[]) =>
    rows.push(`| ${name} | ${spread(mine)} | ${spread(direct)} | ${spread(ratios(mine, direct))} |`)

  const [cold, coldPeer]: [number[], number[]] = [[], []]
  for (let round = 0; round < rounds; round += 1) {
    cold.push(await timed(async () => ours(await loadEngine(), '6 * 7')))
    coldPeer.push(await timed(async () => peer(await loadPeer(), '6 * 7')))
  }
  row('cold: the engine compiled, then 6 * 7', cold, coldPeer)
  for (const [name, code] of Object.entries(programs)) {
    const [mine, direct] = [await ours(engine, code), await peer(wasm, code)]
    if (mine !== direct) throw new Error(`${name}: ${mine} is not ${direct}`)
    const [times, peerTimes]: [number[], number[]] = [[], []]
    for (let round = 0; round < rounds; round += 1) {
      const [time, peerTime] = await pair(
        () => ours(engine, code),
        () => peer(wasm, code),
      )
      times.push(time)
      peerTimes.push(peerTime)
      log(`${name}, round ${round + 1}: ${time.toFixed(2)} ms, directly ${peerTime.toFixed(2)} ms`)
    }
    row(`warm: ${name}`, times, peerTimes)
  }
  return [
    '| program, ms | code Worker | QuickJS directly | ratio |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
    await snapshotTable(engine),
  ].join('\n')
}

/** A program that holds 1,000 records while it waits for a tool. */
async function snapshotTable(engine: Engine): Promise<string> {
  const code = `const rows = Array.from({ length: 1000 }, (_, id) => ({ id, name: 'item ' + id }))
const found = await tools.find({ name: rows[7].name })
rows.length + found`
  const [starts, plain, resumes]: [number[], number[], number[]] = [[], [], []]
  let bytes = 0
  for (let n = 0; n < snapshots; n += 1) {
    plain.push(await timed(() => ours(engine, code.replace('await tools.find({ name: rows[7].name })', '"x"'))))
    const started = performance.now()
    const result = await startProgram(engine, programOf(code, ['find']))
    starts.push(performance.now() - started)
    if (result.state !== 'waiting') throw new Error('the program does not wait')
    bytes = result.snapshot.length
    resumes.push(await timed(() => resumeProgram(engine, result.snapshot, [{ id: 1, ok: true, text: 'x' }])))
  }
  const p = (values: readonly number[], share: number) => quantile(values, share).toFixed(1)
  const write = (share: number) => Math.max(0, quantile(starts, share) - median(plain)).toFixed(1)
  return [
    '| snapshot of a waiting program | p50 | p95 |',
    '| --- | --- | --- |',
    `| size, compressed | ${(bytes / 1_000).toFixed(0)} kB | |`,
    `| run to the call, snapshot and compression, less the median of a run without a call, ms | ${write(0.5)} | ${write(0.95)} |`,
    `| decompression, restoration and run to the end, ms | ${p(resumes, 0.5)} | ${p(resumes, 0.95)} |`,
  ].join('\n')
}
