/** The real stack with a model and a Postgres that outlive it. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Failpoint } from '../../shared/failpoints.ts'
import { type FakeModel, startFakeModel } from '../support/model.ts'
import { type Stack, startStack } from '../support/stack.ts'
import { type Build, build } from './build.ts'
import { countEffects, type Effects } from './effects.ts'
import { type Lossy, lossy } from './lossy.ts'
import { Person } from './person.ts'
import { startPostgres } from './postgres.ts'

export interface Stage {
  readonly build: Build
  /** The way to Postgres. */
  readonly copies: Lossy
  readonly stack: Stack
  readonly model: FakeModel
  /** What tools did. */
  readonly effects: Effects
  readonly alice: Person
  readonly mallory: Person
  /** SIGKILLs all of it, and starts it again. */
  kill(): Promise<void>
  /** SIGKILLs the process that the objects live in; whoever started it starts it again. */
  killWorkers(): Promise<void>
  rows<T>(query: string, ...params: unknown[]): Promise<T[]>
  /** SIGSTOP: it takes connections, and answers nothing. */
  stopPostgres(): void
  continuePostgres(): void
  close(): Promise<void>
}

export async function raise(plant?: Failpoint, env: Record<string, string> = {}): Promise<Stage> {
  const effects = await countEffects()
  const copy = await build(plant, effects.url)
  const model = await startFakeModel()
  const postgres = await startPostgres()
  const copies = await lossy(postgres.endpoint)
  const state = mkdtempSync(join(tmpdir(), 'soma-chaos-state-'))
  const settings = {
    SOMA_MODEL_BASE_URL: model.url,
    SOMA_MODEL: 'fake',
    SOMA_DATABASE_URL: postgres.connection,
    SOMA_DATABASE_HTTP: copies.endpoint,
    ...env,
  }
  const stack = await startStack({ project: copy.project, state, env: settings }).catch((error) => {
    // Whoever looks for leftovers later cannot tell them from what somebody is using.
    copy.remove()
    rmSync(state, { recursive: true, force: true })
    throw error
  })
  const who = async (subject: string) => new Person(stack.url, await stack.token('acme', subject, { ttl: 86_400 }))
  let closing: Promise<void> | undefined
  const stage: Stage = {
    build: copy,
    copies,
    stack,
    model,
    effects,
    alice: await who('alice'),
    mallory: await who('mallory'),
    async kill() {
      await stack.kill()
      await stack.restart()
    },
    async killWorkers() {
      const pid = workersProcess(stack.state)
      if (pid === undefined) throw new Error('no workerd runs')
      process.kill(pid, 'SIGKILL')
      while (existsSync(`/proc/${pid}/exe`)) await sleep(5)
      // wrangler brings workerd back, but not always; then somebody starts the stack again, as they would.
      if (!(await isReadyWithin(stack.url, broughtBackMs))) await stage.kill()
    },
    rows: postgres.rows,
    stopPostgres: () => postgres.signal('SIGSTOP'),
    continuePostgres: () => postgres.signal('SIGCONT'),
    close() {
      closing ??= (async () => {
        await stack.stop()
        await copies.close()
        await postgres.close()
        await model.close()
        await effects.close()
        copy.remove()
        rmSync(state, { recursive: true, force: true })
      })()
      return closing
    },
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stage.close().finally(() => process.exit(1)))
  return stage
}

/** How long wrangler may take to bring a killed workerd back. */
const broughtBackMs = 15_000

async function isReadyWithin(url: string, limitMs: number): Promise<boolean> {
  const until = Date.now() + limitMs
  while (Date.now() < until) {
    const answer = await fetch(`${url}/ready`, { signal: AbortSignal.timeout(2_000) }).catch(() => null)
    if (answer?.ok) return true
    await sleep(20)
  }
  return false
}

/** The youngest workerd of the stack on `state`: the older one only takes the traffic in. */
function workersProcess(state: string): number | undefined {
  const marked = readdirSync('/proc').filter((name) => {
    try {
      const mine = readFileSync(`/proc/${name}/environ`, 'utf8').includes(`SOMA_STACK=${state}\0`)
      return mine && readFileSync(`/proc/${name}/cmdline`, 'utf8').includes('/workerd\0serve')
    } catch {
      return false
    }
  })
  // The 22nd field of `stat` is when it was started, in ticks (proc(5)); what is before it ends with the name in brackets.
  const startedAt = (pid: string) => Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[19])
  const youngest = marked.map((pid) => ({ pid, at: startedAt(pid) })).sort((a, b) => b.at - a.at || Number(b.pid) - Number(a.pid))[0]
  return youngest && Number(youngest.pid)
}
