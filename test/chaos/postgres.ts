/** A Postgres in a separate process, so that a test can stop it at any time. Run as a script, this file is that process. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { neon, neonConfig } from '@neondatabase/serverless'
import { serveNeon } from '../../scripts/neon.ts'
import { openPostgres } from '../../scripts/postgres.ts'

const connection = 'postgres://soma:chaos@localhost/soma'

export interface Postgres {
  readonly connection: string
  readonly endpoint: string
  rows<T>(query: string, ...params: unknown[]): Promise<T[]>
  signal(name: 'SIGSTOP' | 'SIGCONT'): void
  close(): Promise<void>
}

export async function startPostgres(): Promise<Postgres> {
  const child = fork(import.meta.filename, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  const exited = once(child, 'exit')
  const [endpoint] = (await Promise.race([
    once(child, 'message'),
    exited.then(([code]) => {
      throw new Error(`Postgres ended with ${code}`)
    }),
  ])) as [string]
  return {
    connection,
    endpoint,
    async rows<T>(query: string, ...params: unknown[]) {
      neonConfig.fetchEndpoint = endpoint
      return (await neon(connection).query(query, params)) as T[]
    },
    signal: (name) => void child.kill(name),
    async close() {
      child.kill('SIGKILL')
      await exited
    },
  }
}

if (process.send) {
  // The process ends with its parent.
  process.on('disconnect', () => process.exit(0))
  process.send((await serveNeon(openPostgres(), connection)).endpoint)
}
