/** All Workers in one `wrangler dev`, in a process group of its own, so that nothing of it can be left behind. */
import { type ChildProcess, spawn } from 'node:child_process'
import { createWriteStream, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { stripVTControlCharacters } from 'node:util'
import { logLine } from '../../shared/log.ts'
import { givenText } from '../../shared/settings/variables.ts'
import { root, workers } from '../project.ts'

/** Marks every process of a stack in its environment, so that it can be told from anybody else's. */
const mark = 'SOMA_STACK'

/** How long wrangler may take to stop by itself. */
const politeMs = 2_500
/** How long a killed process may take to let go of its port. */
const goneMs = 2_000

export interface RunningWorkers {
  /** Ends when the Workers have stopped, whoever stopped them. */
  readonly exited: Promise<void>
  /** Ends when one of them cannot be built. wrangler itself would wait for the source to change. */
  readonly unbuildable: Promise<void>
  stop(): Promise<void>
  kill(): void
}

export interface WorkersOptions {
  /** Absolute. Everything the Workers keep lies in it, and it names the stack. */
  readonly state: string
  readonly port: number
  /** What this run adds to the environment. A Worker sees only what its own `wrangler.toml` declares under `[vars]`. */
  readonly env: Readonly<Record<string, string>>
}

export function startWorkers({ state, port, env }: WorkersOptions, say: (line: string) => void): RunningWorkers {
  const wrangler = join(root, 'node_modules', 'wrangler', 'wrangler-dist', 'cli.js')
  const level = givenText(env, 'SOMA_LOG_LEVEL') || givenText(process.env, 'SOMA_LOG_LEVEL') || 'warn'
  const configs = workers.flatMap(({ config }) => ['-c', config])
  // Where a file is named, wrangler reads no `.dev.vars`, beside which it would not look at the environment.
  const noFile = join(state, 'empty.env')
  writeFileSync(noFile, '')
  const options = [
    '--port',
    `${port}`,
    '--inspector-port',
    '0',
    '--persist-to',
    join(state, 'workers'),
    '--log-level',
    // Each level includes the graver ones; `log` shows what Workers write with `console.log`.
    level === 'warn' || level === 'error' ? 'warn' : 'log',
    '--show-interactive-dev-session=false',
    '--env-file',
    noFile,
    '--define',
    'DEVELOPMENT_BUILD:true',
  ]
  const child = spawn(
    process.execPath,
    ['--import', join(import.meta.dirname, 'with-parent.mjs'), wrangler, 'dev', ...configs, ...options],
    {
      cwd: root,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: {
        ...process.env,
        ...env,
        [mark]: state,
        SOMA_LOG_LEVEL: level,
        CI: 'true',
        // No look-ups at Cloudflare: the stack works without a network.
        CLOUDFLARE_CF_FETCH_ENABLED: 'false',
        WRANGLER_SEND_METRICS: 'false',
        WRANGLER_HIDE_BANNER: 'true',
        // Workers of two stacks have the same names; a registry of its own keeps each stack's bindings to itself.
        WRANGLER_REGISTRY_PATH: join(state, 'registry'),
        WRANGLER_LOG_PATH: join(state, 'logs'),
      },
    },
  )
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const unbuildable = Promise.withResolvers<void>()
  const log = createWriteStream(join(state, 'workers.log'), { flags: 'w', mode: 0o600 })
  log.write(`${logLine('script', 'workers.started')}\n`)
  child.once('exit', (exit) => log.write(`${logLine('script', 'workers.ended', { exit })}\n`))
  for (const stream of [child.stdout, child.stderr]) {
    if (!stream) continue
    createInterface({ input: stream }).on('line', (coloured) => {
      const line = stripVTControlCharacters(coloured).replace(decoration, '')
      log.write(`${line}\n`)
      if (!isNoise(line)) say(line)
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
        const timer = setTimeout(kill, politeMs)
        await exited
        clearTimeout(timer)
      }
      kill()
    },
  }
}

/** What wrangler puts before a line that a Worker logged as JSON. */
const decoration = /^(?:\S+ \[(?:ERROR|WARNING)\]|\[[\w-]+\]) (?=\{)/

/** What wrangler says that nobody needs: blank lines, lists of bindings, a line per request, and how to ask Cloudflare for help. */
const noise =
  /^\s*$|^\[wrangler:info\] |^Using secrets |^Binding |^env\.|^⎔ |has access to the following bindings|Logs were written to|If you think this is a bug/
const isNoise = (line: string): boolean => noise.test(line)

function killGroup(leader: ChildProcess): void {
  if (leader.pid !== undefined) signal(-leader.pid)
}

/**
 * Ends what is left of an earlier run on `state`, whose starter and wrangler were both killed: workerd survives them. Only
 * processes that carry its mark are touched. Without /proc (macOS) there is no way to tell, and nothing is done.
 */
export async function reap(state: string): Promise<number> {
  const left = leftOf(state)
  left.forEach(signal)
  for (let waited = 0; waited < goneMs && leftOf(state).length > 0; waited += 50) await sleep(50)
  return left.length
}

/** The processes of a stack on `state`. One that has ended, but was not reaped yet, has no environment any more. */
const leftOf = (state: string): number[] =>
  processIds().filter((pid) => `\0${contents(`/proc/${pid}/environ`)}`.includes(`\0${mark}=${state}\0`))

function processIds(): number[] {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
  } catch {
    return []
  }
}

/** The text of `file`; empty if its process is gone or not ours. */
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
    // It is gone, which is what was wanted.
  }
}
