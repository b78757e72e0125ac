/** The code Worker alone, in workerd, as stacks run it. */
import { dirname } from 'node:path'
import { bundleWorkers } from '../../scripts/stack/bundles.ts'
import { loadMiniflare } from '../../scripts/stack/miniflare.ts'
import type { CodeRunnerPort } from '../../shared/code/program.ts'

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
  const { Miniflare, convertV4MiniflareOptions } = loadMiniflare()
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
