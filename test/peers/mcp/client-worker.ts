/** The MCP client of the connectors Worker, in workerd. */

import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** The part of Miniflare that is used. Its version is that of wrangler, which depends on it. */
interface MiniflareModule {
  readonly Miniflare: new (options: object) => { readonly ready: Promise<URL>; dispose(): Promise<void> }
  convertV4MiniflareOptions(options: object): object
}
interface Esbuild {
  build(options: object): Promise<unknown>
  stop(): Promise<void>
}

export interface ClientWorker {
  readonly url: string
  stop(): Promise<void>
}

/** Bundles `worker.ts` as the Workers are bundled, and starts it on this machine only. */
export async function startClientWorker(): Promise<ClientWorker> {
  const requireFromWrangler = createRequire(createRequire(import.meta.url).resolve('wrangler/package.json'))
  const { build, stop }: Esbuild = requireFromWrangler('esbuild')
  const { Miniflare, convertV4MiniflareOptions }: MiniflareModule = requireFromWrangler('miniflare')
  const folder = mkdtempSync(join(tmpdir(), 'soma-mcp-'))
  const script = join(folder, 'worker.js')
  await build({
    entryPoints: [join(import.meta.dirname, 'worker.ts')],
    outfile: script,
    bundle: true,
    format: 'esm',
    target: 'es2024',
    conditions: ['workerd', 'worker', 'browser'],
    external: ['cloudflare:*'],
    logLevel: 'warning',
  })
  await stop()
  const runtime = new Miniflare(
    convertV4MiniflareOptions({
      host: '127.0.0.1',
      cf: false,
      logRequests: false,
      workers: [
        {
          name: 'client',
          modulesRoot: folder,
          modules: [{ type: 'ESModule', path: script }],
          compatibilityDate: '2026-11-02',
          compatibilityFlags: ['no_nodejs_compat', 'no_nodejs_compat_v2'],
        },
      ],
    }),
  )
  const url = `${await runtime.ready}`
  return {
    url,
    async stop() {
      await runtime.dispose()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
