/** The real thing for tests: `scripts/start.ts` as its own processes, on a free port and a state folder of its own. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { developmentSecrets } from '../../scripts/stack/secrets.ts'
import { sign } from '../../scripts/stack/token.ts'
import { reap } from '../../scripts/stack/workers.ts'

export interface StackOptions {
  /** Added to the environment of `npm start`, e.g. `SOMA_MODEL_BASE_URL`. Nothing else of `SOMA_*` comes through from outside. */
  readonly env?: Readonly<Record<string, string>>
  /** A state folder to use and to leave; by default a new one that goes with the stack. */
  readonly state?: string
  readonly port?: number
  /** Where its sources lie; by default here. */
  readonly project?: string
}

export interface Stack {
  readonly url: string
  readonly state: string
  /** An access token that this stack accepts. `ttl` in seconds. */
  token(tenant: string, subject: string, options?: { readonly scopes?: string; readonly ttl?: number }): Promise<string>
  /** What it has printed since it was first started. */
  output(): string
  /** Ends every process of it at once, as a power cut would. Its state stays, for `restart`. */
  kill(): Promise<void>
  /** Ends it as Ctrl-C does. */
  stop(): Promise<void>
  /** Starts it again after `kill`, or stops it first: same port, same state, same environment. */
  restart(): Promise<void>
}

const here = join(import.meta.dirname, '../..')
/** A first start makes a database and may build the web app, on a busy machine. */
const readyMs = 120_000

/** Starts a stack and resolves when it is ready. It cannot outlive the process that started it. */
export async function startStack({ env = {}, state, port, project = here }: StackOptions = {}): Promise<Stack> {
  const folder = await realpath(state ?? (await mkdtemp(join(tmpdir(), 'soma-stack-'))))
  const stackPort = port ?? (await freePort())
  let printed = ''
  let running: { readonly process: ChildProcess; readonly exited: Promise<number | null> } | undefined

  async function start(): Promise<void> {
    const guard = join(project, 'scripts', 'stack', 'with-parent.mjs')
    const child = spawn(process.execPath, ['--import', guard, join(project, 'scripts', 'start.ts')], {
      cwd: project,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: { ...outside(), SOMA_STATE: folder, PORT: `${stackPort}`, ...env },
    })
    const exited = new Promise<number | null>((resolve) => child.once('exit', resolve))
    running = { process: child, exited }
    const before = printed.length
    const ready = Promise.withResolvers<void>()
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => {
        printed += text
        if (printed.slice(before).includes('\nready http')) ready.resolve()
      })
    exited.then((code) => ready.reject(new Error(`The stack ended with ${code} before it was ready:\n${printed.slice(before)}`)))
    const timer = setTimeout(
      () => ready.reject(new Error(`The stack is not ready after ${readyMs / 1000} s:\n${printed.slice(before)}`)),
      readyMs,
    )
    try {
      await ready.promise
    } catch (error) {
      await kill()
      throw error
    } finally {
      clearTimeout(timer)
    }
  }

  async function kill(): Promise<void> {
    if (!running) return
    const { process: child, exited } = running
    running = undefined
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) process.kill(-child.pid, 'SIGKILL')
    await reap(folder)
    await exited
  }

  async function end(): Promise<void> {
    running?.process.kill('SIGTERM')
    await running?.exited
    await kill()
  }

  await start()
  return {
    url: `http://localhost:${stackPort}`,
    state: folder,
    token: tokenOf,
    output: () => printed,
    kill,
    async stop() {
      await end()
      if (state === undefined) await rm(folder, { recursive: true, force: true })
    },
    async restart() {
      await end()
      await start()
    },
  }
}

/** A token that every stack of this checkout accepts: they share the development secrets. */
export const tokenOf: Stack['token'] = async (tenant, subject, { scopes = '', ttl = 3600 } = {}) => {
  const { signingKey } = await developmentSecrets()
  return sign(signingKey, { tenant, subject, scopes, ttlSeconds: ttl })
}

/** A port that is free now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => (typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no port'))))
    })
  })
}

/** Our own environment without what would configure a stack. */
const outside = () =>
  Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('SOMA_') && !['PORT', 'NODE_OPTIONS', 'WRANGLER_LOG'].includes(name)),
  )
