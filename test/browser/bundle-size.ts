/** Sizes of the built web app, from the manifest of its build. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

export interface Chunk {
  readonly file: string
  readonly isEntry?: boolean
  readonly isDynamicEntry?: boolean
  readonly imports?: readonly string[]
  readonly dynamicImports?: readonly string[]
  readonly css?: readonly string[]
  readonly assets?: readonly string[]
}

export type Chunks = Readonly<Record<string, Chunk>>

export const readManifest = (dist: string): Chunks => JSON.parse(readFileSync(join(dist, '.vite', 'manifest.json'), 'utf8'))

/** The size of files, compressed by gzip. KiB. */
export const gzippedKib = (dist: string, files: Iterable<string>): number =>
  [...files].reduce((sum, file) => sum + gzipSync(readFileSync(join(dist, file))).length, 0) / 1024

/** The names of a chunk and of everything that it imports. */
export function withImports(chunks: Chunks, name: string, visited = new Set<string>()): Set<string> {
  if (visited.has(name)) return visited
  visited.add(name)
  for (const imported of chunks[name]?.imports ?? []) withImports(chunks, imported, visited)
  return visited
}

/** The name of the chunk that the page loads first. */
export const entryOf = (chunks: Chunks): string => Object.entries(chunks).find(([, chunk]) => chunk.isEntry)?.[0] ?? ''

/** Compressed sizes of the first load. KiB. */
export function firstLoad(dist: string): { readonly scripts: number; readonly styles: number; readonly fonts: number } {
  const chunks = readManifest(dist)
  const initial = [...withImports(chunks, entryOf(chunks))].flatMap((name) => chunks[name] ?? [])
  return {
    scripts: gzippedKib(
      dist,
      initial.map(({ file }) => file),
    ),
    styles: gzippedKib(dist, new Set(initial.flatMap(({ css = [] }) => css))),
    fonts: gzippedKib(dist, new Set(initial.flatMap(({ assets = [] }) => assets.filter((file) => /\.woff2?$/.test(file))))),
  }
}
