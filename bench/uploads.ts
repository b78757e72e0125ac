/**
 * A resumable upload of 100 MB (tus 1.0), driven by `tus-js-client`: the whole stack beside `@tus/server` with its file store on node:http.
 * Rounds alternate. Also the memory of the stack's processes before and after.
 */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { FileStore } from '@tus/file-store'
import { Server } from '@tus/server'
import * as tus from 'tus-js-client'
import { type Stack, startStack } from '../test/support/stack.ts'
import { scratch } from './processes.ts'
import { stackMemoryMb } from './stack-processes.ts'
import { ratios, spread } from './statistics.ts'

const bytes = 100_000_000
/** Bytes of one request: as many as a page would send. */
const chunkBytes = 25_000_000

/** The peer: it writes to a file, and computes no hash. */
async function startPeer(): Promise<{ url: string; close(): void }> {
  const directory = join(scratch(), 'files')
  mkdirSync(directory)
  const peer = new Server({ path: '/files', datastore: new FileStore({ directory }) })
  const server = createServer((request, response) => void peer.handle(request, response)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/files`, close: () => void server.close() }
}

/** Uploads the file. Resolves with the milliseconds from the first request to the last answer. */
function upload(endpoint: string, file: Buffer, headers: Record<string, string>): Promise<number> {
  const startedAt = performance.now()
  return new Promise((resolve, reject) => {
    new tus.Upload(file, {
      endpoint,
      headers,
      metadata: { filename: 'large.bin' },
      chunkSize: chunkBytes,
      retryDelays: [],
      onError: reject,
      onSuccess: () => resolve(performance.now() - startedAt),
    }).start()
  })
}

/** Allows files of this size. */
async function allow(stack: Stack, tenant: string): Promise<void> {
  const authorization = `Bearer ${await stack.token(tenant, 'root', { scopes: 'admin' })}`
  const current = (await (await fetch(`${stack.url}/v1/settings`, { headers: { authorization } })).json()) as {
    version: number
    settings: { uploads: object }
  }
  const body = { version: current.version, uploads: { ...current.settings.uploads, max_file_bytes: bytes } }
  const headers = { authorization, 'content-type': 'application/json' }
  const changed = await fetch(`${stack.url}/v1/settings`, { method: 'PUT', headers, body: JSON.stringify(body) })
  if (!changed.ok) throw new Error(`the settings were refused: ${await changed.text()}`)
}

/** Runs the benchmark. Returns Markdown. */
export async function uploads(rounds: number, log: (line: string) => void): Promise<string> {
  const stack = await startStack()
  const peer = await startPeer()
  try {
    await allow(stack, 'bench')
    const ours = `${stack.url}/v1/uploads/tus`
    const headers = { authorization: `Bearer ${await stack.token('bench', 'alice')}` }
    // A first upload of each compiles and fills caches.
    for (const [url, sent] of [
      [ours, headers],
      [peer.url, {}],
    ] as const)
      await upload(url, randomBytes(10_000_000), { ...sent })
    const before = stackMemoryMb(stack.state).workerd
    const times: { soma: number; peer: number }[] = []
    const memory: number[] = []
    for (let round = 1; round <= rounds; round += 1) {
      // Each round has another content, so that none is a duplicate.
      const file = randomBytes(bytes)
      const soma = await upload(ours, file, headers)
      memory.push(stackMemoryMb(stack.state).workerd)
      times.push({ soma, peer: await upload(peer.url, file, {}) })
      log(`round ${round}: ${Math.round(soma)} ms, peer ${Math.round(times.at(-1)?.peer ?? 0)} ms, ${Math.round(memory.at(-1) ?? 0)} MB`)
    }
    const speed = (ms: number): number => bytes / 1e6 / (ms / 1_000)
    const soma = times.map((time) => speed(time.soma))
    const other = times.map((time) => speed(time.peer))
    return [
      '| 100 MB, MB/s | Soma Edge | @tus/server | ratio |',
      '| --- | --- | --- | --- |',
      `| upload | ${spread(soma, 0)} | ${spread(other, 0)} | ${spread(ratios(soma, other))} |`,
      '',
      '| memory of workerd, MB | |',
      '| --- | --- |',
      `| before | ${before.toFixed(0)} |`,
      `| after the first, and after the last of ${rounds} uploads | ${memory[0]?.toFixed(0)}, ${memory.at(-1)?.toFixed(0)} |`,
    ].join('\n')
  } finally {
    peer.close()
    await stack.stop()
  }
}
