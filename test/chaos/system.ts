/** The system under test: the real stack, with a model and a Postgres that survive its kills. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Failpoint } from '../../shared/failpoints.ts'
import { type FakeModel, startFakeModel } from '../support/model.ts'
import { type Stack, startStack } from '../support/stack.ts'
import { workersProcess } from '../support/workerd-process.ts'
import { ApiClient } from './api-client.ts'
import { type Build, build } from './build.ts'
import { countEffects, type Effects } from './effects.ts'
import { type FaultyProxy, startFaultyProxy } from './faulty-proxy.ts'
import { startPostgres } from './postgres.ts'

export interface System {
  readonly build: Build
  /** The proxy in front of Postgres. */
  readonly databaseProxy: FaultyProxy
  readonly stack: Stack
  readonly model: FakeModel
  /** The effects of tools. */
  readonly effects: Effects
  readonly alice: ApiClient
  readonly mallory: ApiClient
  /** SIGKILLs the whole stack, and starts it again. */
  kill(): Promise<void>
  /** SIGKILLs the workerd that runs the objects. Its parent process starts it again. */
  killWorkers(): Promise<void>
  rows<T>(query: string, ...params: unknown[]): Promise<T[]>
  /** SIGSTOP: Postgres accepts connections and does not respond. */
  stopPostgres(): void
  continuePostgres(): void
  close(): Promise<void>
}

export interface SystemOptions {
  /** The stack follows `build.touch` and `build.deploy`. */
  readonly watch?: boolean
  /** Requests and streams are counted. Otherwise one simulated user may open 500 streams of a session. */
  readonly counted?: boolean
}

export async function startSystem(activeFailpoint?: Failpoint, { watch = false, counted = false }: SystemOptions = {}): Promise<System> {
  const effects = await countEffects()
  const copy = await build(activeFailpoint, effects.url)
  const model = await startFakeModel()
  const postgres = await startPostgres()
  const databaseProxy = await startFaultyProxy(postgres.endpoint)
  const state = mkdtempSync(join(tmpdir(), 'soma-chaos-state-'))
  const settings = {
    SOMA_MODEL_BASE_URL: model.url,
    SOMA_MODEL: 'fake',
    SOMA_DATABASE_URL: postgres.connection,
    SOMA_DATABASE_HTTP: databaseProxy.endpoint,
    ...(counted ? {} : { SOMA_RATE_LIMITS: 'off' }),
  }
  const stack = await startStack({ project: copy.project, state, env: settings, watch }).catch((error) => {
    // Remove the files now: later they would look like those of a running stack.
    copy.remove()
    rmSync(state, { recursive: true, force: true })
    throw error
  })
  const clientFor = async (subject: string) => new ApiClient(stack.url, await stack.token('acme', subject, { ttl: 86_400 }))
  let closing: Promise<void> | undefined
  const system: System = {
    build: copy,
    databaseProxy,
    stack,
    model,
    effects,
    alice: await clientFor('alice'),
    mallory: await clientFor('mallory'),
    async kill() {
      await stack.kill()
      await stack.restart()
    },
    async killWorkers() {
      const pid = workersProcess(stack.state)
      if (pid === undefined) throw new Error('no workerd runs')
      process.kill(pid, 'SIGKILL')
      while (existsSync(`/proc/${pid}/exe`)) await sleep(5)
      // Its parent usually restarts workerd. If it does not, restart the stack, as an operator would.
      if (!(await isReadyWithin(stack.url, workerdRestartMs))) await system.kill()
    },
    rows: postgres.rows,
    stopPostgres: () => postgres.signal('SIGSTOP'),
    continuePostgres: () => postgres.signal('SIGCONT'),
    close() {
      closing ??= (async () => {
        await stack.stop()
        await databaseProxy.close()
        await postgres.close()
        await model.close()
        await effects.close()
        copy.remove()
        rmSync(state, { recursive: true, force: true })
      })()
      return closing
    },
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => system.close().finally(() => process.exit(1)))
  return system
}

/** Time for its parent to restart a killed workerd. Milliseconds. */
const workerdRestartMs = 15_000

async function isReadyWithin(url: string, limitMs: number): Promise<boolean> {
  const until = Date.now() + limitMs
  while (Date.now() < until) {
    const response = await fetch(`${url}/ready`, { signal: AbortSignal.timeout(2_000) }).catch(() => null)
    if (response?.ok) return true
    await sleep(20)
  }
  return false
}
