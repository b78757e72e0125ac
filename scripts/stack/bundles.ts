/**
 * The Workers, bundled as `wrangler dev` bundles them, with wrangler's reading of their configurations.
 * Bundles are stored in `node_modules/.cache/soma/bundles`, in a folder named after the hash of all sources. All stacks share them.
 */
import { createHash } from 'node:crypto'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join, relative, resolve } from 'node:path'
import type { Plugin } from 'esbuild'
import type { Unstable_Config } from 'wrangler'
import { root, workers } from '../project.ts'
import { acquireLock, releaseLock } from './lock.ts'

/** A Worker for Miniflare: its options as wrangler derives them, without values of the environment. */
export interface BundledWorker {
  /** Absolute path of its bundle. */
  readonly script: string
  /** Absolute paths of the WebAssembly modules that it imports, beside the bundle. */
  readonly wasm: readonly string[]
  /** Miniflare's options of wrangler's major version. */
  readonly options: Readonly<Record<string, unknown>>
  /** The variables of its `wrangler.toml` with their defaults. */
  readonly vars: Readonly<Record<string, unknown>>
  /** The names of its secrets. */
  readonly secrets: readonly string[]
}

/** The folders of a checkout that Workers are bundled from, and the files that configure it. */
const sourceFolders = ['workers', 'durable-objects', 'shared', 'policy']
const sourceFiles = [
  'scripts/stack/bundles.ts',
  'scripts/project.ts',
  'package-lock.json',
  'tsconfig.json',
  'tsconfig.base.json',
  'wrangler.toml',
]
const cache = join(realpathSync(join(root, 'node_modules')), '.cache', 'soma', 'bundles')
/** Time to wait for the build of another process. Milliseconds. */
const lockWaitMs = 120_000
/** Bundles that no stack has used for this time are removed. Milliseconds. */
const retentionMs = 24 * 3_600_000
/** Stands for the root of the checkout in a stored description. */
const rootPlaceholder = '<root>'

/** Builds the bundles, unless they exist. Throws with the messages of the bundler. */
export async function bundleWorkers(): Promise<readonly BundledWorker[]> {
  const folder = join(cache, hashSources(checkouts()))
  const lock = `${folder}.lock`
  if (!existsSync(folder)) {
    if (!(await acquireLock(lock, lockWaitMs))) throw new Error('Another process has been bundling the Workers for two minutes.')
    try {
      if (!existsSync(folder)) await build(folder)
    } finally {
      releaseLock(lock)
    }
  }
  const now = new Date()
  utimesSync(folder, now, now)
  const descriptionsJson = readFileSync(join(folder, 'workers.json'), 'utf8').replaceAll(rootPlaceholder, JSON.stringify(root).slice(1, -1))
  const stored: BundledWorker[] = JSON.parse(descriptionsJson)
  return stored.map((worker) => ({
    ...worker,
    script: join(folder, worker.script),
    wasm: worker.wasm.map((file) => join(folder, file)),
  }))
}

async function build(folder: string): Promise<void> {
  removeUnusedBundles()
  const scratch = `${folder}.${process.pid}`
  mkdirSync(scratch, { recursive: true })
  const wrangler = await import('wrangler')
  // The bundler of wrangler is a dependency of it.
  const esbuild = createRequire(createRequire(import.meta.url).resolve('wrangler/package.json'))('esbuild')
  try {
    const descriptions: BundledWorker[] = []
    for (const { config } of workers) {
      const parsed = wrangler.unstable_readConfig({ config: resolve(root, config) })
      if (!parsed.main || !parsed.name) throw new Error(`${config} must name the Worker and its main file`)
      const script = `${parsed.name}.js`
      const wasm: string[] = []
      await esbuild.build({
        ...bundleOptions(parsed, parsed.main, join(scratch, script), descriptions.length === 0),
        plugins: [copyWasm(scratch, wasm)],
      })
      const { workerOptions } = wrangler.unstable_getMiniflareWorkerOptions(parsed)
      // `bindings` has values of this process's environment, `rootPath` is that of this checkout.
      const { bindings: _, rootPath: __, modulesRules: ___, ...options } = workerOptions as Record<string, unknown>
      descriptions.push({
        script,
        wasm,
        options: { ...options, name: parsed.name },
        vars: parsed.vars,
        secrets: (parsed as { readonly secrets?: { readonly required?: readonly string[] } }).secrets?.required ?? [],
      })
    }
    writeFileSync(
      join(scratch, 'workers.json'),
      JSON.stringify(descriptions, null, 2).replaceAll(JSON.stringify(root).slice(1, -1), rootPlaceholder),
    )
    renameSync(scratch, folder)
  } finally {
    await esbuild.stop()
    rmSync(scratch, { recursive: true, force: true })
  }
}

/** Leaves imports of WebAssembly to workerd: copies each module beside the bundle and adds its name to `copied`. */
function copyWasm(folder: string, copied: string[]): Plugin {
  return {
    name: 'copy-wasm',
    setup(build) {
      build.onResolve({ filter: /\.wasm$/ }, ({ path, resolveDir }) => {
        const name = basename(path)
        copyFileSync(join(resolveDir, path), join(folder, name))
        if (!copied.includes(name)) copied.push(name)
        return { path: `./${name}`, external: true }
      })
    },
  }
}

/** Libraries choose a build by this constant. */
const modeVariable = 'NODE_ENV'

/** The options that wrangler gives its bundler in development. `drainsRequests`: requests are read to their end, as by wrangler. */
function bundleOptions(config: Unstable_Config, main: string, outfile: string, drainsRequests: boolean) {
  const from = `./${basename(main)}`
  const drainingModule = `export * from ${JSON.stringify(from)}
import worker from ${JSON.stringify(from)}
export default {
  ...worker,
  async fetch(request, env, context) {
    try {
      return await worker.fetch(request, env, context)
    } finally {
      try {
        if (request.body !== null && !request.bodyUsed) for await (const _ of request.body);
      } catch (error) {
        console.error('The rest of a request cannot be read.', error)
      }
    }
  },
}
`
  return {
    ...(drainsRequests
      ? { stdin: { contents: drainingModule, resolveDir: dirname(main), sourcefile: 'drained.js' } }
      : { entryPoints: [main] }),
    outfile,
    absWorkingDir: dirname(main),
    bundle: true,
    format: 'esm',
    target: 'es2024',
    supported: { 'import-source': true, using: true },
    conditions: ['workerd', 'worker', 'browser'],
    external: ['cloudflare:*'],
    keepNames: config.keep_names ?? true,
    // Miniflare copies each script several times.
    minifyWhitespace: true,
    sourcemap: true,
    loader: { '.js': 'jsx', '.mjs': 'jsx', '.cjs': 'jsx', '.txt': 'text' },
    define: {
      'navigator.userAgent': '"Cloudflare-Workers"',
      ...Object.fromEntries(
        ['process.env', 'global.process.env', 'globalThis.process.env'].map((env) => [`${env}.${modeVariable}`, '"development"']),
      ),
      ...config.define,
      DEVELOPMENT_BUILD: 'true',
    },
    logLevel: 'silent',
  }
}

/** The checkouts with sources of Workers: this one, and those that configure one of its Workers. */
function checkouts(): string[] {
  const configs = workers.map(({ config }) => resolve(root, config)).filter((config) => relative(root, config).startsWith('..'))
  return [root, ...new Set(configs.map((config) => dirname(dirname(config))))]
}

/** The hash of the sources in these checkouts. The path of the first one does not count, so its copies have the same hash. */
export function hashSources([ownCheckout = root, ...others]: readonly string[]): string {
  const digest = createHash('sha256')
  for (const checkout of [ownCheckout, ...others]) {
    digest.update(`\0${checkout === ownCheckout ? '' : checkout}\0`)
    for (const file of [...sourceFiles, ...sourceFolders.flatMap((folder) => filesIn(checkout, folder))])
      if (existsSync(join(checkout, file)))
        digest
          .update(`${file}\0`)
          .update(readFileSync(join(checkout, file)))
          .update('\0')
  }
  return digest.digest('hex').slice(0, 24)
}

function filesIn(checkout: string, folder: string): string[] {
  if (!existsSync(join(checkout, folder))) return []
  return readdirSync(join(checkout, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(checkout, join(entry.parentPath, entry.name)))
    .filter((file) => !/(^|\/)(node_modules|\.wrangler)\//.test(file))
    .sort()
}

function removeUnusedBundles(): void {
  mkdirSync(cache, { recursive: true })
  for (const name of readdirSync(cache)) {
    const path = join(cache, name)
    if ((statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Number.POSITIVE_INFINITY) < Date.now() - retentionMs)
      rmSync(path, { recursive: true, force: true })
  }
}
