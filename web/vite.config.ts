/** Builds the browser app into `web/dist`, which the gateway serves. */
import react from '@vitejs/plugin-react'
import { createElement } from 'react'
import { renderToStaticMarkup } from 'react-dom/server'
import { defineConfig, type Plugin } from 'vite'
import { serviceWorker } from './build/service-worker.ts'
import { PageWait } from './src/ui/PageWait.tsx'

/** Every browser that the app supports reads woff2. KaTeX names two older formats beside it. */
const onlyWoff2: Plugin = {
  name: 'only-woff2',
  enforce: 'pre',
  transform: (code, id) => (id.endsWith('katex.min.css') ? code.replace(/,url\([^)]*\) format\("(?:woff|truetype)"\)/g, '') : undefined),
}

/** Replaces the component of icons by one that renders faster. */
const leanIcons: Plugin = {
  name: 'lean-icons',
  enforce: 'pre',
  resolveId: (source, importer) =>
    source.endsWith('/createLucideIcon.mjs') && importer?.includes('/lucide-react/')
      ? `${import.meta.dirname}/src/ui/lucide-icon.ts`
      : undefined,
}

/** Puts the waiting page into index.html, so that the first paint waits for no script. */
const paintedFirst: Plugin = {
  name: 'painted-first',
  transformIndexHtml: (html) => html.replace('<!-- page-wait -->', () => renderToStaticMarkup(createElement(PageWait))),
}

interface ModuleGraph {
  /** `importers`: the modules with a static import of it. */
  getModuleInfo(id: string): { readonly isEntry: boolean; readonly importers: readonly string[] } | null
}

/** The modules that the page loads first, by id. */
const initialModules = new Map<string, boolean>()

/** Whether the page loads a module first: only static imports lead to it. Each of these modules in a file of its own would cost a request. */
function isInitial(id: string, graph: ModuleGraph): boolean {
  const known = initialModules.get(id)
  if (known !== undefined) return known
  // Ends circles.
  initialModules.set(id, false)
  const info = graph.getModuleInfo(id)
  const result = info !== null && (info.isEntry || info.importers.some((importer) => isInitial(importer, graph)))
  initialModules.set(id, result)
  return result
}

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react(), onlyWoff2, leanIcons, paintedFirst, serviceWorker()],
  // Lightning CSS would replace `:dir()` by a list of languages, which says nothing about a text (`Features.DirSelector`).
  css: { lightningcss: { exclude: 4 } },
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    // A unit test reads the sizes from the manifest.
    manifest: true,
    // An inlined font or script would need `data:` in the content security policy.
    assetsInlineLimit: 0,
    rolldownOptions: {
      output: { codeSplitting: { groups: [{ debugName: 'initial', name: (id, context) => (isInitial(id, context) ? 'initial' : null) }] } },
    },
    // Chromium 66, Firefox 115 and Safari 17 preload modules themselves.
    modulePreload: {
      polyfill: false,
      // Parts that load later fetch the modules that they import. A list of those would be in the first load.
      resolveDependencies: (_, files, { hostType }) => (hostType === 'html' ? files : files.filter((file) => file.endsWith('.css'))),
    },
  },
  server: {
    proxy: Object.fromEntries(['/v1', '/openapi.json', '/health'].map((path) => [path, 'http://localhost:8787'])),
  },
})
