import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'vite'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

interface Chunk {
  readonly file: string
  readonly isEntry?: boolean
  readonly imports?: readonly string[]
  readonly css?: readonly string[]
  readonly assets?: readonly string[]
}

const KiB = 1024

describe('The bundle', () => {
  let folder: string
  let manifest: Record<string, Chunk>

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'soma-web-'))
    const root = new URL('../../web', import.meta.url).pathname
    // Under test, React would be its development build.
    vi.stubEnv('NODE_ENV', 'production')
    await build({ root, configFile: join(root, 'vite.config.ts'), logLevel: 'error', build: { outDir: folder } })
    manifest = JSON.parse(readFileSync(join(folder, '.vite/manifest.json'), 'utf8'))
  }, 60_000)
  afterAll(() => {
    vi.unstubAllEnvs()
    rmSync(folder, { recursive: true })
  })

  /** Every chunk that the chat page needs before it works. */
  function initialChunks(): Chunk[] {
    const entry = Object.keys(manifest).find((key) => manifest[key]?.isEntry)
    const visited = new Set<string>()
    const visit = (key: string): void => {
      if (visited.has(key)) return
      visited.add(key)
      for (const imported of manifest[key]?.imports ?? []) visit(imported)
    }
    if (entry !== undefined) visit(entry)
    return [...visited].flatMap((key) => manifest[key] ?? [])
  }
  const gzippedBytes = (files: readonly string[]): number =>
    files.reduce((sum, file) => sum + gzipSync(readFileSync(join(folder, file))).length, 0)

  it('needs at most 130 KiB of script for the chat page', () => {
    expect(gzippedBytes(initialChunks().map((chunk) => chunk.file))).toBeLessThanOrEqual(130 * KiB)
  })

  it('needs at most 15 KiB of style and 60 KiB of fonts', () => {
    const chunks = initialChunks()
    expect(gzippedBytes([...new Set(chunks.flatMap((chunk) => chunk.css ?? []))])).toBeLessThanOrEqual(15 * KiB)
    const fonts = [...new Set(chunks.flatMap((chunk) => chunk.assets ?? []))].filter((file) => file.endsWith('.woff2'))
    expect(fonts.reduce((sum, file) => sum + statSync(join(folder, file)).size, 0)).toBeLessThanOrEqual(60 * KiB)
  })

  it('needs at most 60 KiB for any part that loads later', () => {
    const initialFiles = new Set(initialChunks().map((chunk) => chunk.file))
    for (const { file } of Object.values(manifest)) {
      if (file.endsWith('.js') && !initialFiles.has(file)) expect(gzippedBytes([file]), file).toBeLessThanOrEqual(60 * KiB)
    }
  })

  it('has no inline script and loads nothing from another origin', () => {
    const html = readFileSync(join(folder, 'index.html'), 'utf8')
    expect(html).not.toMatch(/<script(?![^>]*\bsrc=)/)
    expect(html).not.toMatch(/(?:src|href)="(?:https?:)?\/\//)
  })
})
