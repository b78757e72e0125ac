/** The code Worker alone, in workerd, as stacks run it. */
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { bundleWorkers } from '../../scripts/stack/bundles.ts'
import type { CodeRunnerPort } from '../../shared/code/program.ts'

/** The part of Miniflare that is used. Its version is that of wrangler, which depends on it. */
interface MiniflareModule {
  readonly Miniflare: new (options: object) => { getBindings(worker: string): Promise<unknown>; dispose(): Promise<void> }
  convertV4MiniflareOptions(options: object): object
}

export interface CodeWorker {
  readonly runner: CodeRunnerPort
  stop(): Promise<void>
}

/** A Worker that binds the runner stands for its callers. */
export async function startCodeWorker(): Promise<CodeWorker> {
  // The bundler would warn of secrets that other Workers need.
  process.env.WRANGLER_LOG = 'error'
  const worker = (await bundleWorkers()).find(({ options }) => options.name === 'soma-code')
  if (!worker) throw new Error('soma-code is not bundled')
  const requireFromWrangler = createRequire(createRequire(import.meta.url).resolve('wrangler/package.json'))
  const { Miniflare, convertV4MiniflareOptions }: MiniflareModule = requireFromWrangler('miniflare')
  const caller = {
    name: 'caller',
    modules: [{ type: 'ESModule', path: 'caller.mjs', contents: 'export default { fetch: () => new Response() }' }],
    compatibilityDate: '2026-11-02',
    serviceBindings: { CODE: { name: 'soma-code', entrypoint: 'CodeRunner' } },
  }
  const code = {
    ...worker.options,
    modulesRoot: dirname(worker.script),
    modules: [{ type: 'ESModule', path: worker.script }, ...worker.wasm.map((path) => ({ type: 'CompiledWasm', path }))],
  }
  const runtime = new Miniflare(convertV4MiniflareOptions({ cf: false, logRequests: false, workers: [caller, code] }))
  const bindings = (await runtime.getBindings('caller')) as { readonly CODE: CodeRunnerPort }
  return { runner: bindings.CODE, stop: () => runtime.dispose() }
}
