/**
 * Runs the bundled Workers in workerd until SIGTERM: `node run-bundles.ts STATE PORT LEVEL`. `startWorkers` starts it for tests.
 * Miniflare is configured as `wrangler dev` configures it, without the proxy in front and without a watch of the sources.
 * It restarts a workerd that ends unexpectedly.
 */
import { dirname, join } from 'node:path'
import { type BundledWorker, bundleWorkers } from './bundles.ts'
import { loadMiniflare, type Runtime } from './miniflare.ts'

const [state = '', port = '', level = 'warn'] = process.argv.slice(2)
let runtime: Runtime | undefined

process.on('SIGTERM', async () => {
  await runtime?.dispose()
  process.exit(0)
})

const workers = await bundleWorkers().catch((error: unknown) => {
  console.error(`Build failed with\n${error instanceof Error ? error.message : error}`)
  process.exit(1)
})

const { Miniflare, Log, LogLevel, convertV4MiniflareOptions } = loadMiniflare()

runtime = new Miniflare(
  convertV4MiniflareOptions({
    host: 'localhost',
    port: Number(port),
    // As under wrangler: a stack continues with the state of either.
    resourcePersistencePath: join(state, 'workers', 'v3'),
    resourceTmpPath: join(state, 'tmp'),
    log: new Log(LogLevel.WARN, { prefix: 'workers' }),
    logRequests: false,
    handleStructuredLogs: writeLog,
    cf: false,
    workers: workers.map((worker) => ({
      ...withSqlite(worker),
      modulesRoot: dirname(worker.script),
      modules: [{ type: 'ESModule', path: worker.script }, ...worker.wasm.map((path) => ({ type: 'CompiledWasm', path }))],
      bindings: valuesOf(worker),
    })),
  }),
)
await runtime.ready

/** Each level includes the more severe ones. */
function writeLog({ level: lineLevel, message }: { readonly level: string; readonly message: string }): void {
  if (lineLevel === 'error' || lineLevel === 'warn') console.error(message)
  else if (level !== 'warn' && level !== 'error') console.log(message)
}

/** The values of a Worker's variables and secrets: those of the environment, else the defaults. */
function valuesOf({ vars, secrets }: BundledWorker): Record<string, unknown> {
  const configured = [...Object.keys(vars), ...secrets].flatMap((name) =>
    process.env[name] === undefined ? [] : [[name, process.env[name]]],
  )
  return { ...vars, ...Object.fromEntries(configured) }
}

/** A Worker that binds the objects of another one does not know that they use SQLite. */
function withSqlite({ options }: BundledWorker): object {
  const objects = Object.entries((options.durableObjects ?? {}) as Readonly<Record<string, { readonly scriptName?: string }>>)
  return {
    ...options,
    durableObjects: Object.fromEntries(
      objects.map(([name, object]) => [name, object.scriptName ? { ...object, useSQLite: true } : object]),
    ),
  }
}
