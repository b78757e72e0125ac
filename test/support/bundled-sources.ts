/**
 * The sources of a test Worker as one module. Each test file has a workerd of its own, and would send hundreds of modules to it.
 * workerd loads the bundle itself, and a source or package that a test imports becomes a list of exports of the bundle.
 * So a test and the Worker share their classes and module state, as without the bundle.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import type { BuildOptions, Metafile } from 'esbuild'
import type { Plugin } from 'vite'

const root = join(import.meta.dirname, '../..')
/** The bundler of wrangler is a dependency of it, and of the same version as in a deployment. */
const esbuild: typeof import('esbuild') = createRequire(createRequire(import.meta.url).resolve('wrangler/package.json'))('esbuild')

/** Miniflare's rule for bundles: workerd loads them. */
export const bundleRule = { type: 'ESModule' as const, include: ['**/soma-bundle-*/sources.mjs'] }
/** Prefix of the virtual module of a package. */
const packagePrefix = '\0bundled-package:'

interface Bundle {
  readonly file: string
  /** Path of a source from the root, or name of a package → names of its exports. */
  readonly exports: ReadonlyMap<string, readonly string[]>
}

/**
 * Replaces what the test files `entries` import from the sources and from packages. Paths from the root; `define` as in Vite.
 * The bundle has another path in each run, so the project must not cache modules on disk.
 */
export function bundledSources(entries: readonly string[], define: Readonly<Record<string, string>>): Plugin {
  let bundle: Promise<Bundle> | undefined
  const load = () => {
    bundle ??= build(entries, define)
    return bundle
  }
  return {
    name: 'bundled-sources',
    enforce: 'pre',
    async resolveId(id, importer) {
      if (importer === undefined || !/^(@[\w-]+\/)?[\w-]/.test(id) || id.includes(':')) return null
      return (await load()).exports.has(id) ? packagePrefix + id : null
    },
    async load(id) {
      const name = id.startsWith(packagePrefix) ? id.slice(packagePrefix.length) : relative(root, id)
      if (id.startsWith('\0') && !id.startsWith(packagePrefix)) return null
      const { file, exports } = await load()
      const names = exports.get(name)
      return names ? { code: reexports(file, exports, name, names), map: { mappings: '' } } : null
    },
  }
}

const options = {
  absWorkingDir: root,
  bundle: true,
  format: 'esm',
  target: 'es2024',
  supported: { 'import-source': true, using: true },
  conditions: ['workerd', 'worker', 'browser'],
  write: false,
  metafile: true as const,
  logLevel: 'silent',
} satisfies BuildOptions

/** What workerd has, and what the runner of the tests loads. */
const external = ['cloudflare:*', 'node:*', 'vitest', 'vitest/*']

async function build(entries: readonly string[], define: Readonly<Record<string, string>>): Promise<Bundle> {
  const { metafile } = await esbuild.build({ ...options, entryPoints: [...entries], outdir: root, packages: 'external' })
  // Vite reads JSON files itself.
  const sources = Object.keys(metafile.inputs).filter((path) => !path.startsWith('test/') && path.endsWith('.ts'))
  const modules = [...sources.sort(), ...importedPackages(metafile)]
  const exports = new Map(await exportNames(modules))
  const file = join(scratchFolder(), 'sources.mjs')
  const contents = [...exports].map(([name, names], index) => {
    const list = names.map((exported) => `${exported} as ${alias(index, exported)}`).join(', ')
    return `export { ${list} } from ${JSON.stringify(sources.includes(name) ? `./${name}` : name)}`
  })
  await esbuild.build({
    ...options,
    stdin: { contents: contents.join('\n'), resolveDir: root },
    external,
    define: { ...define, 'process.env.NODE_ENV': '"test"' },
    keepNames: true,
    outfile: file,
    write: true,
  })
  return { file, exports }
}

/** Names of packages that test code imports. */
const importedPackages = ({ inputs }: Metafile): string[] => {
  const imports = Object.entries(inputs).flatMap(([path, input]) => (path.startsWith('test/') ? input.imports : []))
  const names = imports.filter(({ external, path }) => external && !/:|^vitest/.test(path)).map(({ path }) => path)
  return [...new Set(names)].sort()
}

/** Each module with the names of its exports. */
async function exportNames(modules: readonly string[]): Promise<[string, readonly string[]][]> {
  const { metafile } = await esbuild.build({
    ...options,
    // One output for each module.
    entryPoints: modules.map((name, index) => ({ in: name, out: `${index}` })),
    outdir: root,
    splitting: true,
    external,
  })
  return modules.map((name, index) => [name, metafile.outputs[`${index}.js`]?.exports ?? []])
}

const alias = (index: number, name: string): string => `m${index}_${name}`

/** The virtual source of a module of the bundle. */
function reexports(file: string, exports: Bundle['exports'], name: string, names: readonly string[]): string {
  const index = [...exports.keys()].indexOf(name)
  const list = names.map((exported) => `${alias(index, exported)} as ${exported}`).join(', ')
  return `export { ${list} } from ${JSON.stringify(file)}`
}

/** A new folder that ends with this process. */
function scratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'soma-bundle-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  return folder
}
