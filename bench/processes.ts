/** The processes that a benchmark starts, each ended by its id whatever happens; and what they cost, as the kernel counts it. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'

/** How long a process may take to listen. Milliseconds. */
const listenMs = 20_000
/** Of /proc's CPU times: Linux shows them to programs in hundredths of a second, whatever the kernel's own clock (proc(5)). */
const msPerTick = 10

const running = new Set<ChildProcess>()
const folders = new Set<string>()

process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(1))

/** A folder that goes with this process. */
export function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), 'soma-bench-'))
  folders.add(folder)
  return folder
}

export interface Running {
  readonly pid: number
  /** On 127.0.0.1: its first socket, and all of them by name. */
  readonly port: number
  readonly ports: Readonly<Record<string, number>>
  stop(): Promise<void>
}

/**
 * Starts a process and waits until it says where each of its `sockets` listens. It does so on descriptor 3, with the lines that
 * workerd's `--control-fd` writes: `{"event":"listen","socket":"http","port":N}`.
 */
export async function start(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  sockets = 1,
): Promise<Running> {
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'inherit', 'pipe'], env: { ...process.env, ...env } })
  const stop = watch(child)
  const ports: Record<string, number> = {}
  const all = Promise.withResolvers<void>()
  createInterface({ input: child.stdio[3] as Readable }).on('line', (line) => {
    const { socket = 'http', port } = JSON.parse(line)
    ports[socket] = port
    if (Object.keys(ports).length === sockets) all.resolve()
  })
  const late = setTimeout(() => all.reject(new Error(`${command} does not listen`)), listenMs)
  child.once('exit', (code) => all.reject(new Error(`${command} ended with ${code} before it listened`)))
  await all.promise.finally(() => clearTimeout(late))
  return { pid: child.pid ?? 0, port: ports.http ?? 0, ports, stop }
}

/** Like `start`, for a script of ours: what it exports as a server says so itself. */
export const startScript = (file: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Running> =>
  start(process.execPath, [join(import.meta.dirname, file), ...args], env)

/** Sees to it that `child` ends with us. Answers how to end it before: nothing here has anything to save. */
export function watch(child: ChildProcess): () => Promise<void> {
  running.add(child)
  const gone = once(child, 'exit').then(() => running.delete(child))
  return async () => {
    child.kill('SIGKILL')
    await gone
  }
}

/** CPU time that process `pid` has used, all its threads and the kernel on its behalf. */
export function cpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // Its second field, the name, may hold spaces; user and system time are the 14th and 15th.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * msPerTick
}

/** Memory that is resident: now, and at most so far. */
export function memoryBytes(pid: number): { now: number; peak: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const field = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) * 1_024
  return { now: field('VmRSS'), peak: field('VmHWM') }
}
