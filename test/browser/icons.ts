/** Renders the icons of the installed app from the logo: `node test/browser/icons.ts`. */
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../../scripts/project.ts'
import { launch } from './chromium.ts'

const logo = readFileSync(join(root, 'web/public/favicon.svg'), 'utf8')
/** A system cuts its own shape out of these: no round corners, and the sign within the safe zone of 80 %. */
const full = logo.replace(' rx="9"', '').replace('<path ', '<path transform="translate(16 16) scale(.86) translate(-16 -16)" ')
if (full === logo) throw new Error('The logo has another form: adapt this script.')

const icons = [
  { name: '192', size: 192, svg: logo },
  { name: '512', size: 512, svg: logo },
  { name: 'maskable-192', size: 192, svg: full },
  { name: 'maskable-512', size: 512, svg: full },
  { name: 'apple-touch', size: 180, svg: full },
]
const folder = join(root, 'web/public/icons')
mkdirSync(folder, { recursive: true })
const browser = await launch()
try {
  for (const { name, size, svg } of icons) {
    const page = await browser.newPage({ viewport: { width: size, height: size } })
    await page.setContent(`<style>body{margin:0}svg{display:block;width:${size}px;height:${size}px}</style>${svg}`)
    await page.screenshot({ path: join(folder, `${name}.png`), omitBackground: true })
    await page.close()
  }
} finally {
  await browser.close()
}
