/** Miniflare of wrangler's version, with one constant of its encoder changed while it loads. */
import { createRequire, registerHooks } from 'node:module'
import { pathToFileURL } from 'node:url'

/** A running Miniflare. */
export interface Runtime {
  readonly ready: Promise<unknown>
  getBindings(worker: string): Promise<unknown>
  dispose(): Promise<void>
}

/** The part of Miniflare that is used. */
export interface MiniflareModule {
  readonly Miniflare: new (options: object) => Runtime
  readonly Log: new (level: number, options: object) => object
  readonly LogLevel: { readonly WARN: number }
  convertV4MiniflareOptions(options: object): object
}

const requireFromWrangler = createRequire(createRequire(import.meta.url).resolve('wrangler/package.json'))

/**
 * Miniflare writes all scripts into one buffer for workerd. The buffer grows by 4 KiB, and each growth copies it.
 * For our 14 MB of scripts these copies took one second of CPU time per start.
 */
export const smallGrowth = 'var MIN_SINGLE_SEGMENT_GROWTH = 4096;'
/** All scripts fit, so the buffer grows once. */
const largeGrowth = `var MIN_SINGLE_SEGMENT_GROWTH = ${32 * 1_048_576};`

/** The file of Miniflare. */
export const miniflareFile: string = requireFromWrangler.resolve('miniflare')

/** Loads Miniflare. A version without the constant loads unchanged. */
export function loadMiniflare(): MiniflareModule {
  const hooks = registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context)
      return url === pathToFileURL(miniflareFile).href
        ? { ...loaded, source: String(loaded.source).replace(smallGrowth, largeGrowth) }
        : loaded
    },
  })
  try {
    return requireFromWrangler('miniflare')
  } finally {
    hooks.deregister()
  }
}
