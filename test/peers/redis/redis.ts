/** A real Redis without persistence. */
import { type ChildProcess, spawn } from 'node:child_process'
import { isListening } from '../is-listening.ts'

/** Ends `child` with this process, except after a SIGKILL. */
export function killOnExit(child: ChildProcess): void {
  const end = () => child.kill('SIGKILL')
  process.once('exit', end)
  child.once('exit', () => process.off('exit', end))
}

export class RedisServer {
  readonly #port: number
  readonly #folder: string
  #process: ChildProcess | undefined

  /** `folder` must not be shared. */
  constructor(port: number, folder: string) {
    this.#port = port
    this.#folder = folder
  }

  async start(): Promise<void> {
    const options = ['--port', `${this.#port}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', this.#folder]
    this.#process = spawn('redis-server', options, { stdio: 'ignore' })
    killOnExit(this.#process)
    for (let attempt = 0; attempt < 100; attempt += 1) {
      if (await isListening(this.#port)) return
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    throw new Error('Redis did not start')
  }

  /** SIGKILL, like a power cut. All data is lost. */
  async kill(): Promise<void> {
    const running = this.#process
    this.#process = undefined
    if (!running || running.exitCode !== null || running.signalCode !== null) return
    const exited = new Promise((resolve) => running.once('exit', resolve))
    running.kill('SIGKILL')
    await exited
  }
}
