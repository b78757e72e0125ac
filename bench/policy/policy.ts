/**
 * The cost of a decision with 10, 100 and 1,000 rules. The last rule allows, or none does.
 * Contenders: our evaluator, the same rules in TypeScript, OPA's WebAssembly, and an `opa` server on loopback. They alternate.
 */
import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { evaluatePlan } from '../../shared/rego/evaluate.ts'
import { loadPlan } from '../../shared/rego/plan.ts'
import { buildPlan, install, type Opa } from '../../test/peers/opa/opa.ts'
import { median, ratios, spread } from '../statistics.ts'

const sizes = [10, 100, 1_000]
/** Number of warm-up decisions, which compile the code. */
const warmUp = 2_000
/** Time per contender and round. Milliseconds. */
const roundMs = 300
const entrypoint = 'bench/allow'

interface Input {
  readonly principal: { readonly id: string; readonly tenant: string; readonly role: string }
  readonly action: string
  readonly resource: { readonly tenant: string }
}

const roleOf = (rule: number) => `role${rule % 7}`
const actionOf = (rule: number) => `thing${rule}.do`

/** Rules that an index finds, or rules that are evaluated one by one because their first conditions differ. */
type Shape = 'equality' | 'prefix'

const conditions: Readonly<Record<Shape, (rule: number) => { rego: string; code: string }>> = {
  equality: (rule) => ({ rego: `input.action == "${actionOf(rule)}"`, code: `input.action === '${actionOf(rule)}'` }),
  prefix: (rule) => ({ rego: `startswith(input.action, "thing${rule}.")`, code: `input.action.startsWith('thing${rule}.')` }),
}

const rego = (rules: number, shape: Shape): string => {
  const bodies = Array.from({ length: rules }, (_, rule) => {
    const role = shape === 'equality' ? `\tinput.principal.role == "${roleOf(rule)}"\n` : ''
    return `\nallow if {\n\tinput.resource.tenant == input.principal.tenant\n${role}\t${conditions[shape](rule).rego}\n}\n`
  })
  return `package bench\n\ndefault allow := false\n${bodies.join('')}`
}

/** The same rules in TypeScript. */
const handWritten = (rules: number, shape: Shape): ((input: Input) => boolean) => {
  const bodies = Array.from({ length: rules }, (_, rule) => {
    const role = shape === 'equality' ? ` && input.principal.role === '${roleOf(rule)}'` : ''
    return `if (input.resource.tenant === input.principal.tenant${role} && ${conditions[shape](rule).code}) return true\n`
  })
  return new Function('input', `${bodies.join('')}return false`) as (input: Input) => boolean
}

interface Contender {
  readonly name: string
  decide(input: Input): boolean | Promise<boolean>
  stop?(): void
}

interface WasmPolicy {
  evaluate(input: Input): { result: boolean }[]
}

/** `npm ci` in this folder installs it. Only the benchmark needs it. */
const wasmModule = join(import.meta.dirname, 'node_modules/@open-policy-agent/opa-wasm/src/index.mjs')

async function wasm({ opa }: Opa, file: string): Promise<Contender | null> {
  if (!existsSync(wasmModule)) return null
  const library = (await import(wasmModule)) as { loadPolicy(bytes: Uint8Array): Promise<WasmPolicy> }
  const folder = mkdtempSync(join(tmpdir(), 'soma-wasm-'))
  try {
    execFileSync(opa, ['build', '-t', 'wasm', '-e', entrypoint, '-o', join(folder, 'bundle.tar.gz'), file])
    execFileSync('tar', ['xzf', 'bundle.tar.gz', '/policy.wasm'], { cwd: folder, stdio: 'ignore' })
    const policy = await library.loadPolicy(readFileSync(join(folder, 'policy.wasm')))
    return { name: 'opa-wasm', decide: (input) => policy.evaluate(input)[0]?.result === true }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function freePort(): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>()
  const server = createServer().listen(0, '127.0.0.1', () => {
    const address = server.address()
    server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
  })
  return promise
}

async function server({ opa }: Opa, file: string): Promise<Contender> {
  const port = await freePort()
  const child = spawn(opa, ['run', '--server', '--addr', `127.0.0.1:${port}`, '--log-level', 'error', '--disable-telemetry', file], {
    stdio: 'ignore',
  })
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const decide = (input: Input): Promise<boolean> => {
    const { promise, resolve, reject } = Promise.withResolvers<boolean>()
    const body = JSON.stringify({ input })
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
    const outgoing = request({ port, host: '127.0.0.1', path: `/v1/data/${entrypoint}`, method: 'POST', agent, headers }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        text += chunk
      })
      response.on('end', () => resolve((JSON.parse(text) as { result?: boolean }).result === true))
    })
    outgoing.on('error', reject)
    outgoing.end(body)
    return promise
  }
  for (let attempt = 0; attempt < 100; attempt++) {
    try {
      await decide({ principal: { id: '', tenant: '', role: '' }, action: '', resource: { tenant: '' } })
      break
    } catch {
      await sleep(50)
    }
  }
  return {
    name: 'opa server',
    decide,
    stop() {
      agent.destroy()
      child.kill('SIGTERM')
    },
  }
}

async function contenders(opa: Opa, rules: number, shape: Shape): Promise<Contender[]> {
  const folder = mkdtempSync(join(tmpdir(), 'soma-bench-'))
  const file = join(folder, 'bench.rego')
  writeFileSync(file, rego(rules, shape))
  const loaded = loadPlan(buildPlan(opa, [file], [entrypoint]))
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error))
  const plan = loaded.value
  const soma: Contender = {
    name: 'soma',
    decide(input) {
      const result = evaluatePlan(plan, entrypoint, input)
      return result.ok && result.value.value === true
    },
  }
  const compiled = await wasm(opa, file)
  return [soma, { name: 'hand-written', decide: handWritten(rules, shape) }, ...(compiled ? [compiled] : []), await server(opa, file)]
}

/** Time per decision. Awaits only promises, because an await costs more than a decision. Microseconds. */
async function measure({ decide, name }: Contender, input: Input, expected: boolean): Promise<number> {
  let decisions = 0
  const isRemote = name === 'opa server'
  const start = performance.now()
  while (performance.now() - start < roundMs) {
    if (isRemote) {
      if ((await decide(input)) !== expected) throw new Error(`${name} decided differently`)
      decisions++
      continue
    }
    for (let batch = 0; batch < 50; batch++) if (decide(input) !== expected) throw new Error(`${name} decided differently`)
    decisions += 50
  }
  return ((performance.now() - start) * 1000) / decisions
}

async function compare(opa: Opa, shape: Shape, rounds: number, log: (line: string) => void): Promise<string[]> {
  const rows: string[] = []
  const mediansOfTen = new Map<string, number>()
  for (const rules of sizes) {
    const all = await contenders(opa, rules, shape)
    try {
      for (const expected of [true, false]) {
        const principal = { id: 'ada', tenant: 't1', role: roleOf(rules - 1) }
        const input = { principal, action: expected ? actionOf(rules - 1) : 'nothing.do', resource: { tenant: 't1' } }
        const times = new Map<string, number[]>(all.map(({ name }) => [name, []]))
        for (const { name, decide } of all) for (let count = 0; count < (name === 'opa server' ? 100 : warmUp); count++) await decide(input)
        for (let round = 0; round < rounds; round++)
          for (const contender of all) times.get(contender.name)?.push(await measure(contender, input, expected))
        const somaTimes = times.get('soma') ?? []
        for (const [name, micros] of times) {
          const key = `${name} ${expected}`
          if (rules === 10) mediansOfTen.set(key, median(micros))
          const growth = (median(micros) / (mediansOfTen.get(key) ?? Number.NaN)).toFixed(2)
          const ratio = name === 'soma' ? '1' : spread(ratios(micros, somaTimes))
          rows.push(`| ${rules} | ${expected ? 'allow' : 'deny'} | ${name} | ${spread(micros)} | ${ratio} | ${growth} |`)
        }
        log(`${shape}, ${rules} rules, ${expected ? 'allow' : 'deny'}: done`)
      }
    } finally {
      for (const contender of all) contender.stop?.()
    }
  }
  return rows
}

/** Runs the benchmark. Returns Markdown. */
export async function policy(rounds: number, log: (line: string) => void): Promise<string> {
  const opa = install()
  const head = ['| rules | answer | evaluator | µs a decision | × soma | × its own 10 rules |', '| --: | --- | --- | --: | --: | --: |']
  const equality = await compare(opa, 'equality', rounds, log)
  const prefix = await compare(opa, 'prefix', rounds, log)
  return [
    'Rules that compare an input with a constant:',
    '',
    ...head,
    ...equality,
    '',
    'Rules that each call `startswith`, which no index finds:',
    '',
    ...head,
    ...prefix,
  ].join('\n')
}
