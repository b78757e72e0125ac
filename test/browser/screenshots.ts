/**
 * Pictures of the app for human eyes: `node test/browser/screenshots.ts OUTDIR`. Desktop and phone, light and dark. The answer
 * is the builtin responder's own tour of markdown, said by a model that can be held in the middle and can break off.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { builtin } from '../../shared/turn/builtin.ts'
import { startStack } from '../stack.ts'
import { launch, phone } from './chromium.ts'
import { startHandModel } from './model.ts'

const [folder] = process.argv.slice(2)
if (folder === undefined) {
  console.error('usage: node test/browser/screenshots.ts OUTDIR')
  process.exit(1)
}
mkdirSync(folder, { recursive: true })

const sizes = { desktop: { viewport: { width: 1440, height: 900 } }, phone } as const
const tour = await markdownTour()
const browser = await launch()
const model = await startHandModel()
const stack = await startStack({ env: { SOMA_MODEL_BASE_URL: model.url, SOMA_MODEL: 'hand' } })
try {
  for (const [size, options] of Object.entries(sizes))
    for (const colorScheme of ['light', 'dark'] as const) {
      const context = await browser.newContext({ ...options, colorScheme, baseURL: stack.url })
      const page = await context.newPage()
      const shoot = async (name: string) => {
        await page.waitForTimeout(600)
        await page.screenshot({ path: join(folder, `${name}-${size}-${colorScheme}.png`) })
      }
      await page.goto('/')
      await page.getByRole('button', { name: 'Continue as developer' }).waitFor()
      await shoot('sign-in')
      await context.request.post('/v1/auth/dev', { data: { tenant: 'acme', subject: `${colorScheme}-${size}` } })
      await page.goto('/')
      await page.getByRole('textbox', { name: 'Message' }).waitFor()
      await shoot('empty')

      for (const text of ['What is (1249 * 12 - 830) / 7?', 'How many days until 31 December?']) {
        await ask(page, text)
        await page.getByRole('button', { name: 'Copy answer' }).last().waitFor()
        await page.goto('/')
      }
      const answering = model.take('markdown')
      await ask(page, 'Show me markdown')
      const answer = await answering
      await shoot('thinking')
      const middle = Math.floor(tour.length * 0.8)
      answer.say(tour.slice(0, middle))
      await shoot('streaming')
      await scrollUp(page)
      await shoot('streaming-above')
      answer.say(tour.slice(middle))
      answer.finish()
      await page.getByRole('button', { name: 'Copy answer' }).waitFor()
      await shoot('answer')

      const failing = model.take('fails')
      await ask(page, 'An answer that fails')
      const broken = await failing
      broken.say('Rivers begin small. Most of what a river carries it has from others, and what it leaves behind is ')
      await page.waitForTimeout(500)
      broken.breakOff()
      await page.getByText('The answer broke off').waitFor()
      await shoot('error')
      if (size === 'phone') {
        await page.getByRole('button', { name: 'Conversations' }).click()
        await shoot('drawer')
        await page.keyboard.press('Escape')
      }
      await page.keyboard.press('Control+k')
      await page.getByRole('dialog').waitFor()
      await shoot('palette')
      await page.goto('/docs')
      await page.getByRole('main', { name: 'API reference' }).waitFor()
      await shoot('docs')
      await context.close()
    }
} finally {
  await browser.close()
  await stack.stop()
  await model.close()
}

async function ask(page: Page, text: string): Promise<void> {
  await page.getByRole('textbox', { name: 'Message' }).fill(text)
  await page.getByRole('button', { name: 'Send message' }).click()
}

function scrollUp(page: Page): Promise<void> {
  return page.getByRole('region', { name: 'Messages' }).evaluate((box) => box.scrollTo(0, 0))
}

async function markdownTour(): Promise<string> {
  let text = ''
  const request = { messages: [{ role: 'user', text: 'show me markdown' }], tools: [], metadata: {}, at: Date.now() } as const
  for await (const chunk of builtin({ wordMs: 0 }).answer(request, new AbortController().signal))
    if (chunk.type === 'text') text += chunk.text
  return text
}
