/** A real stack for tests: `scripts/start.ts` in its own processes, on a free port, with its own state folder. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { developmentSecrets } from '../../scripts/stack/secrets.ts'
import { sign } from '../../scripts/stack/token.ts'
import { killEarlierRun } from '../../scripts/stack/workers.ts'

export interface StackOptions {
  /** Environment variables for `npm start`, e.g. `SOMA_MODEL_BASE_URL`. Other `SOMA_*` variables are removed. */
  readonly env?: Readonly<Record<string, string>>
  /** The state folder, which is kept. Default: a new folder, which is deleted with the stack. */
  readonly state?: string
  readonly port?: number
  /** The folder of its sources. Default: this checkout. */
  readonly project?: string
  /** Starts it under `wrangler dev`, as `npm start` does. It follows changes of the sources, and takes five more seconds of CPU time. */
  readonly watch?: boolean
}

export interface Stack {
  readonly url: string
  readonly state: string
  /** Makes an access token for this stack. `ttl` in seconds. */
  token(tenant: string, subject: string, options?: { readonly scopes?: string; readonly ttl?: number }): Promise<string>
  /** Everything it has printed since its first start. */
  output(): string
  /** SIGKILLs every process of the stack, like a power cut. Keeps its state for `restart`. */
  kill(): Promise<void>
  /** Stops the stack as Ctrl-C does. */
  stop(): Promise<void>
  /** Stops the stack if it runs, and starts it with the same port, state and environment. */
  restart(): Promise<void>
}

const root = join(import.meta.dirname, '../..')
/** Time for a first start, which creates a database and may build the web app. Milliseconds. */
const readyMs = 120_000

/** Starts a stack and resolves when it is ready. The stack ends with the calling process. */
export async function startStack({ env = {}, state, port, project = root, watch = false }: StackOptions = {}): Promise<Stack> {
  const folder = await realpath(state ?? (await mkdtemp(join(tmpdir(), 'soma-stack-'))))
  const stackPort = port ?? (await freePort())
  let printed = ''
  let running: { readonly process: ChildProcess; readonly exited: Promise<number | null> } | undefined

  async function start(): Promise<void> {
    const guard = join(project, 'scripts', 'stack', 'with-parent.mjs')
    const script = [join(project, 'scripts', 'start.ts'), ...(watch ? [] : ['--bundled'])]
    const child = spawn(process.execPath, ['--import', guard, ...script], {
      cwd: project,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: { ...inheritedEnv(), SOMA_STATE: folder, PORT: `${stackPort}`, ...env },
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
    await killEarlierRun(folder)
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

/** A token for every stack of this checkout, because they share the development secrets. */
export const tokenOf: Stack['token'] = async (tenant, subject, { scopes = '', ttl = 3600 } = {}) => {
  const { signingKey } = await developmentSecrets()
  return sign(signingKey, { tenant, subject, scopes, ttlSeconds: ttl })
}

/** A free port. */
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

/** The environment of this process without the variables that configure a stack. */
const inheritedEnv = () =>
  Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('SOMA_') && !['PORT', 'NODE_OPTIONS', 'WRANGLER_LOG'].includes(name)),
  )
