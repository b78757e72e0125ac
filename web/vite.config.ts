/** Builds the browser app into `web/dist`, which the gateway serves. */
import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vite'
import { serviceWorker } from './build/service-worker.ts'

/** Every browser that the app supports reads woff2. KaTeX names two older formats beside it. */
const onlyWoff2: Plugin = {
  name: 'only-woff2',
  enforce: 'pre',
  transform: (code, id) => (id.endsWith('katex.min.css') ? code.replace(/,url\([^)]*\) format\("(?:woff|truetype)"\)/g, '') : undefined),
}

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react(), onlyWoff2, serviceWorker()],
  // Lightning CSS would replace `:dir()` by a list of languages, which says nothing about a text (`Features.DirSelector`).
  css: { lightningcss: { exclude: 4 } },
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    // A unit test reads the sizes from the manifest.
    manifest: true,
    // An inlined font or script would need `data:` in the content security policy.
    assetsInlineLimit: 0,
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
