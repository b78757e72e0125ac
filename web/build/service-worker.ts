/** Builds the service worker with the list of the files that it keeps. */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { build, type Plugin, type ResolvedConfig } from 'vite'

interface Part {
  readonly type: 'chunk' | 'asset'
  readonly fileName: string
  readonly isEntry?: boolean
  readonly facadeModuleId?: string | null
  readonly imports?: readonly string[]
  readonly dynamicImports?: readonly string[]
  readonly code?: string
  readonly source?: string | Uint8Array
  readonly viteMetadata?: { readonly importedCss: ReadonlySet<string>; readonly importedAssets: ReadonlySet<string> }
}

/** Parts that are not needed to read a conversation. They are kept when they were loaded once. */
const onDemand = /\/src\/(docs|settings|mfa)\/|\/markdown\/(mermaid|katex|highlight|languages)|\/node_modules\//
/** Files beside the app that it needs. The icons of the installation are not among them. */
const publicFiles = /^((theme|early)\.js|favicon\.svg|manifest\.webmanifest)$/

/** The files of the app's first load, and of what it loads later without a choice of the user. */
function shellFiles(bundle: Readonly<Record<string, Part>>): Set<string> {
  const files = new Set<string>()
  const visit = (name: string): void => {
    const part = bundle[name]
    if (part?.type !== 'chunk' || files.has(name)) return
    files.add(name)
    for (const file of [...(part.viteMetadata?.importedCss ?? []), ...(part.viteMetadata?.importedAssets ?? [])]) files.add(file)
    for (const imported of part.imports ?? []) visit(imported)
    for (const later of part.dynamicImports ?? []) if (!onDemand.test(bundle[later]?.facadeModuleId ?? '/node_modules/')) visit(later)
  }
  for (const [name, part] of Object.entries(bundle)) if (part.isEntry) visit(name)
  // A font is named by a style, not by a script.
  for (const name of [...files].filter((file) => file.endsWith('.css')))
    for (const [, font] of String(bundle[name]?.source).matchAll(/([\w-]+\.woff2)/g)) files.add(`assets/${font}`)
  return files
}

const integrityOf = (content: string | Uint8Array) => `sha256-${createHash('sha256').update(content).digest('base64')}`

/** Adds `service-worker.js`. Its version is the hash of all that it keeps. */
export function serviceWorker(): Plugin {
  let config: ResolvedConfig
  return {
    name: 'service-worker',
    apply: 'build',
    enforce: 'post',
    configResolved(resolved) {
      config = resolved
    },
    generateBundle: {
      order: 'post',
      async handler(_, output) {
        const bundle = output as Readonly<Record<string, Part>>
        const contentOf = ({ code, source }: Part) => code ?? source ?? ''
        const kept = [...shellFiles(bundle)].flatMap((name) => {
          const part = bundle[name]
          return part ? [{ url: `/${name}`, integrity: integrityOf(contentOf(part)) }] : []
        })
        const page = bundle['index.html']
        if (page === undefined) throw new Error('The service worker is built after index.html.')
        const beside = readdirSync(config.publicDir)
          .filter((name) => publicFiles.test(name))
          .map((name) => ({ url: `/${name}`, integrity: integrityOf(readFileSync(join(config.publicDir, name))) }))
        const list = [{ url: '/', integrity: integrityOf(contentOf(page)) }, ...beside, ...kept]
        const version = createHash('sha256').update(JSON.stringify(list)).digest('hex').slice(0, 12)
        this.emitFile({ type: 'asset', fileName: 'service-worker.js', source: await compile(list, version) })
      },
    },
  }
}

/** One classic script: not every browser of the app has module workers for this use. */
async function compile(list: readonly unknown[], version: string): Promise<string> {
  const built = await build({
    configFile: false,
    logLevel: 'error',
    define: { PRECACHE: JSON.stringify(list), VERSION: JSON.stringify(version) },
    build: {
      write: false,
      copyPublicDir: false,
      lib: { entry: join(import.meta.dirname, '../worker/service-worker.ts'), formats: ['iife'], name: 'worker' },
    },
  })
  const [{ output } = { output: [] }] = Array.isArray(built) ? built : [built]
  const chunk = (output as Part[]).find(({ type }) => type === 'chunk')
  if (chunk?.code === undefined) throw new Error('The service worker was not built.')
  return chunk.code
}
