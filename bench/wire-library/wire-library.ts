/** Compares client libraries for model providers: right cases, closed connections, size, time to the first token. */
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { ratios, spread } from '../statistics.ts'
import { countCases } from './cases.ts'
import { startWireEndpoint, type WireEndpoint } from './endpoint.ts'
import { type Library, loadLibraries } from './libraries.ts'

const request = { messages: [{ role: 'user', text: 'hello' }], tools: [], metadata: {}, at: 0 } as const
const endpointOf = ({ url }: WireEndpoint) => ({ baseURL: url, model: 'm', apiKey: 'sk-wire' })
const callsPerRound = 40

/** Runs the benchmark. Returns Markdown. */
export async function wireLibrary(rounds: number, log: (line: string) => void): Promise<string> {
  const libraries = await loadLibraries()
  const rows: string[][] = libraries.map(({ name }) => [`\`${name}\``])
  const add = (index: number, cell: string) => rows[index]?.push(cell)
  for (const [index, library] of libraries.entries()) {
    if (!library.speaksChat) {
      add(index, 'own format')
      continue
    }
    const { right, all, wrong } = await countCases(library)
    log(`${library.name}: ${right} of ${all} cases right${wrong.length > 0 ? `; wrong: ${wrong.join(', ')}` : ''}`)
    add(index, `${right} of ${all}`)
  }
  const endpoint = await startWireEndpoint()
  for (const [index, library] of libraries.entries()) add(index, await countAborts(library, endpoint))
  for (const [index, library] of libraries.entries()) add(index, (await gzipBytes(library)).toLocaleString('en'))
  const times = await firstTokens(libraries, endpoint, rounds)
  const [ours = []] = times
  for (const [index, all] of times.entries()) add(index, index === 0 ? '1' : spread(ratios(all, ours)))
  endpoint.close()
  const head = ['library', 'cases right', 'aborts that close the connection', 'gzip, bytes', 'time to first token, ratio']
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

/** Aborts before the headers and during an answer, and stops reading without an abort. Counts the connections that the endpoint saw closed. */
async function countAborts(library: Library, endpoint: WireEndpoint): Promise<string> {
  let closed = 0
  const abortKinds = ['hang', 'slow', 'return'] as const
  for (const kind of abortKinds) {
    endpoint.mode = kind === 'hang' ? 'hang' : 'slow'
    const { aborted, requests } = endpoint
    const stop = new AbortController()
    const answer = library.model(endpointOf(endpoint)).answer(request, stop.signal)[Symbol.asyncIterator]()
    if (kind === 'hang') {
      const next = answer.next()
      next.catch(() => {})
      await until(() => endpoint.requests > requests)
      stop.abort()
    } else {
      for (let chunk = await answer.next(); !chunk.done; chunk = await answer.next())
        if (chunk.value.type === 'text' && chunk.value.text !== '') break
      if (kind === 'slow') stop.abort()
      else void answer.return?.()
      if (kind === 'slow') answer.next().catch(() => {})
    }
    if (await until(() => endpoint.aborted > aborted)) closed += 1
    stop.abort()
  }
  return `${closed} of ${abortKinds.length}`
}

async function until(condition: () => boolean): Promise<boolean> {
  for (let waits = 0; waits < 100; waits++) {
    if (condition()) return true
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return condition()
}

/** The compressed size of a Worker that contains the library alone. */
async function gzipBytes({ source }: Library): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents: source, resolveDir: import.meta.dirname },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    conditions: ['workerd', 'worker', 'browser'],
    external: ['node:*'],
    write: false,
    logLevel: 'error',
  })
  return gzipSync(outputFiles[0]?.contents ?? new Uint8Array(), { level: 9 }).length
}

/** Milliseconds to the first token of each library, per round. The libraries alternate from call to call. */
async function firstTokens(libraries: readonly Library[], endpoint: WireEndpoint, rounds: number): Promise<number[][]> {
  endpoint.mode = 'quick'
  const times = libraries.map((): number[] => [])
  for (let round = -1; round < rounds; round++) {
    const sums = libraries.map(() => 0)
    for (let count = 0; count < callsPerRound; count++)
      for (const [index, library] of libraries.entries()) {
        const model = library.model(endpointOf(endpoint))
        const startedAt = performance.now()
        let first = 0
        for await (const chunk of model.answer(request, new AbortController().signal))
          if (first === 0 && chunk.type === 'text' && chunk.text !== '') first = performance.now() - startedAt
        sums[index] = (sums[index] ?? 0) + first
      }
    // The first round warms up.
    if (round >= 0) for (const [index, sum] of sums.entries()) times[index]?.push(sum / callsPerRound)
  }
  return times
}
