/** All Workers in one `wrangler dev`, in its own process group, so that no process is left behind. */
import { type ChildProcess, spawn } from 'node:child_process'
import { createWriteStream, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { stripVTControlCharacters } from 'node:util'
import { logLine } from '../../shared/log.ts'
import { variableText } from '../../shared/settings/variables.ts'
import { root, workers } from '../project.ts'

/** The environment variable that marks every process of a stack. */
const stackVariable = 'SOMA_STACK'

/** Time for wrangler to stop. Milliseconds. */
const stopTimeoutMs = 2_500
/** Time for a killed process to release its port. Milliseconds. */
const exitTimeoutMs = 2_000

/** The started Workers. */
export interface RunningWorkers {
  /** Resolves when the Workers have stopped, for any reason. */
  readonly exited: Promise<void>
  /** Resolves when a Worker cannot be built. wrangler itself would wait for a changed source. */
  readonly unbuildable: Promise<void>
  stop(): Promise<void>
  kill(): void
}

/** How the Workers run. */
export interface WorkersOptions {
  /** Absolute path of the state folder. It also identifies the stack. */
  readonly state: string
  readonly port: number
  /** Additional environment variables. A Worker sees only those under `[vars]` of its `wrangler.toml`. */
  readonly env: Readonly<Record<string, string>>
  /** Runs bundles of all stacks (bundles.ts) instead of `wrangler dev`, which bundles by itself and watches the sources. */
  readonly isBundled: boolean
}

/** Starts all Workers. Calls `print` with each line of their output that is not noise. */
export function startWorkers({ state, port, env, isBundled }: WorkersOptions, print: (line: string) => void): RunningWorkers {
  const wrangler = join(root, 'node_modules', 'wrangler', 'wrangler-dist', 'cli.js')
  const level = variableText(env, 'SOMA_LOG_LEVEL') || variableText(process.env, 'SOMA_LOG_LEVEL') || 'warn'
  const configs = workers.flatMap(({ config }) => ['-c', config])
  // With a named file, wrangler does not read `.dev.vars`, which would make it ignore the environment.
  const emptyEnvFile = join(state, 'empty.env')
  writeFileSync(emptyEnvFile, '')
  const options = [
    '--port',
    `${port}`,
    '--inspector-port',
    '0',
    '--persist-to',
    join(state, 'workers'),
    '--log-level',
    // Each level includes the more severe ones; `log` shows what Workers write with `console.log`.
    level === 'warn' || level === 'error' ? 'warn' : 'log',
    '--show-interactive-dev-session=false',
    '--env-file',
    emptyEnvFile,
    '--define',
    'DEVELOPMENT_BUILD:true',
  ]
  const command = isBundled
    ? [join(import.meta.dirname, 'run-bundles.ts'), state, `${port}`, level]
    : [wrangler, 'dev', ...configs, ...options]
  const child = spawn(process.execPath, ['--import', join(import.meta.dirname, 'with-parent.mjs'), ...command], {
    cwd: root,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: {
      ...process.env,
      ...env,
      [stackVariable]: state,
      SOMA_LOG_LEVEL: level,
      CI: 'true',
      // No requests to Cloudflare, so that the stack works without a network.
      CLOUDFLARE_CF_FETCH_ENABLED: 'false',
      // Each of wrangler's views of a running Worker costs processor time per request.
      X_LOCAL_EXPLORER: 'false',
      X_LOCAL_OBSERVABILITY: 'false',
      WRANGLER_SEND_METRICS: 'false',
      WRANGLER_HIDE_BANNER: 'true',
      // Workers of two stacks have the same names. A separate registry keeps their bindings apart.
      WRANGLER_REGISTRY_PATH: join(state, 'registry'),
      WRANGLER_LOG_PATH: join(state, 'logs'),
    },
  })
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const unbuildable = Promise.withResolvers<void>()
  const log = createWriteStream(join(state, 'workers.log'), { flags: 'w', mode: 0o600 })
  log.write(`${logLine('script', 'workers.started')}\n`)
  child.once('exit', (exit) => log.write(`${logLine('script', 'workers.ended', { exit })}\n`))
  for (const stream of [child.stdout, child.stderr]) {
    if (!stream) continue
    createInterface({ input: stream }).on('line', (coloured) => {
      const line = stripVTControlCharacters(coloured).replace(logPrefix, '')
      log.write(`${line}\n`)
      if (!isNoise(line)) print(line)
      if (line.includes('Build failed with')) unbuildable.resolve()
    })
  }
  const kill = () => killGroup(child)
  return {
    exited,
    unbuildable: unbuildable.promise,
    kill,
    async stop() {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGTERM')
        const timer = setTimeout(kill, stopTimeoutMs)
        await exited
        clearTimeout(timer)
      }
      kill()
    },
  }
}

/** wrangler's prefix of a JSON log line of a Worker. */
const logPrefix = /^(?:\S+ \[(?:ERROR|WARNING)\]|\[[\w-]+\]) (?=\{)/

/** Lines of wrangler that are not printed: blank lines, bindings, one line per request, and support advice. */
const noise =
  /^\s*$|^\[wrangler:info\] |^Using secrets |^Binding |^env\.|^⎔ |has access to the following bindings|Logs were written to|If you think this is a bug/
const isNoise = (line: string): boolean => noise.test(line)

function killGroup(leader: ChildProcess): void {
  if (leader.pid !== undefined) signal(-leader.pid)
}

/**
 * Ends the processes of an earlier run on `state`. Returns their number. workerd survives if its parent and wrangler were both killed.
 * Only processes with the mark of this state are ended. Without /proc (macOS) they cannot be found, and nothing happens.
 */
export async function killEarlierRun(state: string): Promise<number> {
  const remaining = processesOf(state)
  remaining.forEach(signal)
  for (let waitedMs = 0; waitedMs < exitTimeoutMs && processesOf(state).length > 0; waitedMs += 50) await sleep(50)
  return remaining.length
}

/** The running processes of a stack on `state`. A zombie has no environment, so it is not found. */
const processesOf = (state: string): number[] =>
  processIds().filter((pid) => `\0${contents(`/proc/${pid}/environ`)}`.includes(`\0${stackVariable}=${state}\0`))

function processIds(): number[] {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
  } catch {
    return []
  }
}

/** The text of `file`. Empty if its process has ended or belongs to another user. */
function contents(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

function signal(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // The process has already ended.
  }
}
