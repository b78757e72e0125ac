import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'vite'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Chunk } from '../browser/bundle-size.ts'

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

  it('needs at most 120 KiB of script for the chat page', () => {
    expect(gzippedBytes(initialChunks().map((chunk) => chunk.file))).toBeLessThanOrEqual(120 * KiB)
  })

  it('needs at most 15 KiB of style and 60 KiB of fonts', () => {
    const chunks = initialChunks()
    expect(gzippedBytes([...new Set(chunks.flatMap((chunk) => chunk.css ?? []))])).toBeLessThanOrEqual(15 * KiB)
    const fonts = [...new Set(chunks.flatMap((chunk) => chunk.assets ?? []))].filter((file) => file.endsWith('.woff2'))
    expect(fonts.reduce((sum, file) => sum + statSync(join(folder, file)).size, 0)).toBeLessThanOrEqual(60 * KiB)
  })

  it('needs at most 45 KiB of script to render answers, beside the first load', () => {
    const markdown = manifest['src/markdown/Markdown.tsx']?.file ?? ''
    expect(initialChunks().map(({ file }) => file)).not.toContain(markdown)
    expect(gzippedBytes([markdown])).toBeLessThanOrEqual(45 * KiB)
  })

  /** Keys of the chunks that `key` loads at once, and with `later` also when they are needed. `known` have been loaded before. */
  function partsOf(key: string, { later = false, known = new Set<string>() } = {}): Set<string> {
    const seen = new Set<string>()
    const visit = (next: string): void => {
      if (seen.has(next) || known.has(next)) return
      seen.add(next)
      const { imports = [], dynamicImports = [] } = manifest[next] ?? {}
      for (const part of later ? [...imports, ...dynamicImports] : imports) visit(part)
    }
    visit(key)
    return seen
  }

  it('needs at most 60 KiB for a part that loads later, 80 for KaTeX, and 480 for a part of Mermaid', () => {
    const first = new Set(initialChunks().map((chunk) => chunk.file))
    const diagrams = partsOf('src/markdown/mermaid.ts', { later: true, known: partsOf('src/markdown/Markdown.tsx') })
    expect(diagrams.has('index.html')).toBe(false)
    for (const [key, { file }] of Object.entries(manifest)) {
      const most = /katex/.test(key) ? 80 : diagrams.has(key) ? 480 : 60
      if (file.endsWith('.js') && !first.has(file)) expect(gzippedBytes([file]), file).toBeLessThanOrEqual(most * KiB)
    }
  })

  it('loads Mermaid with the first diagram, and then at most 250 KiB before the kind of diagram is known', () => {
    const known = partsOf('src/markdown/Markdown.tsx')
    expect([...known].filter((key) => /mermaid/.test(key))).toEqual([])
    const files = [...partsOf('src/markdown/mermaid.ts', { known })].flatMap((key) => manifest[key]?.file ?? [])
    expect(gzippedBytes(files)).toBeGreaterThan(0)
    expect(gzippedBytes(files)).toBeLessThanOrEqual(250 * KiB)
  })

  it('loads KaTeX with the first formula: neither at the start nor with the rest of markdown', () => {
    const katex = manifest['src/markdown/katex.ts']
    expect(katex?.css).toHaveLength(1)
    expect([...partsOf('src/markdown/Markdown.tsx')].filter((key) => /katex/.test(key))).toEqual([])
    expect(initialChunks().flatMap(({ css }) => css ?? [])).not.toContain(katex?.css?.[0])
    // Of its fonts, only those that every browser of the app reads.
    expect([...new Set(katex?.assets?.map((file) => file.split('.').at(-1)))]).toEqual(['woff2'])
  })

  it('names in the service worker each file of the first load, as it is, and little else', () => {
    const script = readFileSync(join(folder, 'service-worker.js'), 'utf8')
    const list = [...script.matchAll(/url:\W(\/[^`'"]*)\W,integrity:\W(sha256-[\w+/=]+)/g)].map(([, url = '', integrity = '']) => ({
      url,
      integrity,
    }))
    const urls = list.map(({ url }) => url)
    expect(new Set(urls).size).toBe(urls.length)
    for (const { file, css = [] } of initialChunks()) expect(urls).toEqual(expect.arrayContaining([file, ...css].map((name) => `/${name}`)))
    expect(urls).toEqual(
      expect.arrayContaining(['/', '/theme.js', '/manifest.webmanifest', `/${manifest['src/markdown/Markdown.tsx']?.file}`]),
    )
    const contents = list.map(({ url, integrity }) => ({
      integrity,
      content: readFileSync(join(folder, url === '/' ? 'index.html' : url)),
    }))
    for (const { integrity, content } of contents) expect(`sha256-${createHash('sha256').update(content).digest('base64')}`).toBe(integrity)
    expect(contents.reduce((sum, { content }) => sum + gzipSync(content).length, 0)).toBeLessThanOrEqual(400 * KiB)
    expect(gzipSync(script).length).toBeLessThanOrEqual(8 * KiB)
    // Diagrams, formulas and settings are kept when they were loaded.
    expect(urls.filter((url) => /mermaid|katex|\/[A-Z]\w*Page-/.test(url))).toEqual([])
  })

  it('loads each language but English in one chunk, and not at the start', () => {
    const german = manifest['src/strings/de/index.ts']
    expect(german?.isDynamicEntry).toBe(true)
    expect(initialChunks().map(({ file }) => file)).not.toContain(german?.file)
    const known = new Set(Object.keys(manifest).filter((key) => initialChunks().includes(manifest[key] as Chunk)))
    const files = [...partsOf('src/strings/de/index.ts', { known })].flatMap((key) => manifest[key]?.file ?? [])
    expect(files).toEqual([german?.file])
    expect(gzippedBytes(files)).toBeLessThanOrEqual(40 * KiB)
  })

  it('has no inline script and loads nothing from another origin', () => {
    const html = readFileSync(join(folder, 'index.html'), 'utf8')
    expect(html).not.toMatch(/<script(?![^>]*\bsrc=)/)
    expect(html).not.toMatch(/(?:src|href)="(?:https?:)?\/\//)
  })
})
