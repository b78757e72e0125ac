/**
 * The Workers, bundled as `wrangler dev` bundles them, with wrangler's reading of their configurations.
 * Bundles are kept in `node_modules/.cache/soma/bundles`, in a folder named after the hash of all sources. All stacks share them.
 */
import { createHash } from 'node:crypto'
import {
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
import type { Unstable_Config } from 'wrangler'
import { root, workers } from '../project.ts'
import { acquireLock, releaseLock } from './lock.ts'

/** A Worker for Miniflare: its options as wrangler derives them, without values of the environment. */
export interface BundledWorker {
  /** Absolute path of its bundle. */
  readonly script: string
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
const keepMs = 24 * 3_600_000
/** Stands for the root of the checkout in a stored description. */
const rootMark = '<root>'

/** Builds what is not yet built. Throws with the messages of the bundler. */
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
  const described = readFileSync(join(folder, 'workers.json'), 'utf8').replaceAll(rootMark, JSON.stringify(root).slice(1, -1))
  const stored: BundledWorker[] = JSON.parse(described)
  return stored.map((worker) => ({ ...worker, script: join(folder, worker.script) }))
}

async function build(folder: string): Promise<void> {
  removeOld()
  const scratch = `${folder}.${process.pid}`
  mkdirSync(scratch, { recursive: true })
  const wrangler = await import('wrangler')
  // The bundler of wrangler is a dependency of it.
  const esbuild = createRequire(createRequire(import.meta.url).resolve('wrangler/package.json'))('esbuild')
  try {
    const described: BundledWorker[] = []
    for (const { config } of workers) {
      const read = wrangler.unstable_readConfig({ config: resolve(root, config) })
      if (!read.main || !read.name) throw new Error(`${config} must name the Worker and its main file`)
      const script = `${read.name}.js`
      await esbuild.build(bundleOptions(read, read.main, join(scratch, script), described.length === 0))
      const { workerOptions } = wrangler.unstable_getMiniflareWorkerOptions(read)
      // `bindings` has values of this process's environment, `rootPath` is that of this checkout.
      const { bindings: _, rootPath: __, modulesRules: ___, ...options } = workerOptions as Record<string, unknown>
      described.push({
        script,
        options: { ...options, name: read.name },
        vars: read.vars,
        secrets: (read as { readonly secrets?: { readonly required?: readonly string[] } }).secrets?.required ?? [],
      })
    }
    writeFileSync(join(scratch, 'workers.json'), JSON.stringify(described, null, 2).replaceAll(JSON.stringify(root).slice(1, -1), rootMark))
    renameSync(scratch, folder)
  } finally {
    await esbuild.stop()
    rmSync(scratch, { recursive: true, force: true })
  }
}

/** Libraries choose a build by this constant. */
const mode = 'NODE_ENV'

/** The options that wrangler gives its bundler in development. `drain`: as wrangler does, requests are read to their end. */
function bundleOptions(config: Unstable_Config, main: string, outfile: string, drain: boolean) {
  const from = `./${basename(main)}`
  const drained = `export * from ${JSON.stringify(from)}
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
    ...(drain ? { stdin: { contents: drained, resolveDir: dirname(main), sourcefile: 'drained.js' } } : { entryPoints: [main] }),
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
    loader: { '.js': 'jsx', '.mjs': 'jsx', '.cjs': 'jsx' },
    define: {
      'navigator.userAgent': '"Cloudflare-Workers"',
      ...Object.fromEntries(
        ['process.env', 'global.process.env', 'globalThis.process.env'].map((env) => [`${env}.${mode}`, '"development"']),
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
export function hashSources([own = root, ...others]: readonly string[]): string {
  const digest = createHash('sha256')
  for (const checkout of [own, ...others]) {
    digest.update(`\0${checkout === own ? '' : checkout}\0`)
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

function removeOld(): void {
  mkdirSync(cache, { recursive: true })
  for (const name of readdirSync(cache)) {
    const path = join(cache, name)
    if ((statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Number.POSITIVE_INFINITY) < Date.now() - keepMs)
      rmSync(path, { recursive: true, force: true })
  }
}
