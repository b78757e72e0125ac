/** The real OpenFGA server on loopback. Go builds the version that go.mod pins into a cache outside the project. */
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs'
import { createServer } from 'node:net'
import { homedir } from 'node:os'
import { join } from 'node:path'

const moduleFolder = import.meta.dirname

/** The cached binary. All checkouts share it. A build takes about a minute. */
const cache = process.env.SOMA_PEERS ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'soma-edge')
const versionHash = createHash('sha256')
for (const file of ['go.mod', 'go.sum', 'main.go']) versionHash.update(readFileSync(join(moduleFolder, file)))
const folder = join(cache, `openfga-${versionHash.digest('hex').slice(0, 16)}`)
const binary = join(folder, 'openfga')

export function install(): void {
  if (existsSync(binary)) return
  mkdirSync(folder, { recursive: true })
  console.log('building OpenFGA (once, takes a minute)')
  const partial = `${binary}.${process.pid}`
  const { error, status } = spawnSync('go', ['build', '-buildvcs=false', '-trimpath', '-o', partial, '.'], {
    cwd: moduleFolder,
    // Debian's Go fetches a newer toolchain only with this setting.
    env: { ...process.env, CGO_ENABLED: '0', GOFLAGS: '', GOTOOLCHAIN: process.env.GOTOOLCHAIN ?? 'auto' },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  if (error) throw new Error('Go is not installed. It builds the real OpenFGA server.', { cause: error })
  if (status !== 0) throw new Error('OpenFGA could not be built. The output of Go is above.')
  renameSync(partial, binary)
}

function freePort(): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  const server = createServer()
  server.once('error', reject)
  server.listen(0, '127.0.0.1', () => {
    const address = server.address()
    server.close(() => (typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no port'))))
  })
  return promise
}

export interface Server {
  readonly url: string
  readonly token: string
  stop(): Promise<void>
}

/** Starts the server in memory on loopback, with its own key and only HTTP. */
export async function start(): Promise<Server> {
  const port = await freePort()
  const token = crypto.randomUUID()
  const child = spawn(binary, [`-http-addr=127.0.0.1:${port}`], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { PATH: process.env.PATH, OPENFGA_KEY: token },
  })
  let output = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output = (output + text).slice(-10_000)
  })
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const stopNow = () => child.kill('SIGKILL')
  process.once('exit', stopNow)
  const url = `http://127.0.0.1:${port}`
  for (let attempt = 0; !(await isHealthy(url)); attempt += 1) {
    if (attempt === 100 || child.exitCode !== null) {
      stopNow()
      throw new Error(`OpenFGA did not start: ${output}`)
    }
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  return {
    url,
    token,
    async stop() {
      child.kill('SIGTERM')
      const timer = setTimeout(stopNow, 5_000)
      await exited
      clearTimeout(timer)
      process.off('exit', stopNow)
    },
  }
}

async function isHealthy(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/healthz`)).ok
  } catch {
    return false
  }
}
