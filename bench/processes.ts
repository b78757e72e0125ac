/** The processes of a benchmark, which end with it, and their CPU time and memory as the kernel counts them. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'

/** Time for a process to listen. Milliseconds. */
const listenMs = 20_000
/** Unit of CPU times in /proc: 10 ms, independent of the kernel's clock (proc(5)). */
const msPerTick = 10

const running = new Set<ChildProcess>()
const folders = new Set<string>()

process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(1))

/** A temporary folder, deleted at the end of this process. */
export function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), 'soma-bench-'))
  folders.add(folder)
  return folder
}

/** A running server. */
export interface Running {
  readonly pid: number
  /** The ports on 127.0.0.1: the first socket, and all sockets by name. */
  readonly port: number
  readonly ports: Readonly<Record<string, number>>
  stop(): Promise<void>
}

/**
 * Starts a process and waits until it reports the ports of its `sockets` on descriptor 3.
 * The lines have the format of workerd's `--control-fd`: `{"event":"listen","socket":"http","port":N}`.
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
  const listening = Promise.withResolvers<void>()
  createInterface({ input: child.stdio[3] as Readable }).on('line', (line) => {
    const { socket = 'http', port } = JSON.parse(line)
    ports[socket] = port
    if (Object.keys(ports).length === sockets) listening.resolve()
  })
  const timer = setTimeout(() => listening.reject(new Error(`${command} did not listen in time`)), listenMs)
  child.once('exit', (code) => listening.reject(new Error(`${command} ended with ${code} before it listened`)))
  await listening.promise.finally(() => clearTimeout(timer))
  return { pid: child.pid ?? 0, port: ports.http ?? 0, ports, stop }
}

/** Starts a script of this folder. The script reports its own port. */
export const startScript = (file: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Running> =>
  start(process.execPath, [join(import.meta.dirname, file), ...args], env)

/** Ends `child` with this process. Returns a function that ends it earlier. */
export function watch(child: ChildProcess): () => Promise<void> {
  running.add(child)
  const exited = once(child, 'exit').then(() => running.delete(child))
  return async () => {
    child.kill('SIGKILL')
    await exited
  }
}

/** CPU time of process `pid`, in all its threads, with kernel time. */
export function cpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // The name in field 2 can contain spaces. User and system time are fields 14 and 15.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * msPerTick
}

/** Resident memory: current and peak. */
export function memoryBytes(pid: number): { now: number; peak: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const field = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) * 1_024
  return { now: field('VmRSS'), peak: field('VmHWM') }
}
