/**
 * Takes screenshots of the app: `node test/browser/screenshots.ts OUTDIR`. Desktop and phone, light and dark. The answer is
 * the builtin responder's markdown tour, sent by a model that the script can pause and break off.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { builtin } from '../../shared/model/builtin/builtin.ts'
import { startStack } from '../support/stack.ts'
import { user } from '../support/user.ts'
import { launch, phone } from './chromium.ts'
import { startControlledModel } from './controlled-model.ts'

const [folder] = process.argv.slice(2)
if (folder === undefined) {
  console.error('usage: node test/browser/screenshots.ts OUTDIR')
  process.exit(1)
}
mkdirSync(folder, { recursive: true })

const sizes = { desktop: { viewport: { width: 1440, height: 900 } }, phone } as const
const tour = await markdownTour()
const browser = await launch()
const model = await startControlledModel()
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
      const claim = model.claim('markdown')
      await ask(page, 'Show me markdown')
      const answer = await claim
      await shoot('thinking')
      const middle = Math.floor(tour.length * 0.8)
      answer.write(tour.slice(0, middle))
      await shoot('streaming')
      await scrollUp(page)
      await shoot('streaming-above')
      answer.write(tour.slice(middle))
      answer.finish()
      await page.getByRole('button', { name: 'Copy answer' }).waitFor()
      await shoot('answer')

      const failingClaim = model.claim('fails')
      await ask(page, 'An answer that fails')
      const response = await failingClaim
      response.write('Rivers begin small. Most of what a river carries it has from others, and what it leaves behind is ')
      await page.waitForTimeout(500)
      response.breakOff()
      await page.getByText('The answer broke off').waitFor()
      await shoot('error')
      const cutClaim = model.claim('too long')
      await ask(page, 'An answer that is too long')
      const cutAnswer = await cutClaim
      cutAnswer.write('Rivers begin small. Most of what a river carries it has from others, and what it leaves behind is ')
      cutAnswer.finish('length')
      await page.getByRole('button', { name: 'Continue' }).waitFor()
      await shoot('cut')
      model.refuse('busy', 429, { times: 1, after: 20 })
      await ask(page, 'A model that is busy')
      await page.getByTestId('state-line').getByText('The model is busy').waitFor()
      await shoot('busy')
      await page.getByTestId('stop').click()
      model.refuse('explained', 400, { message: 'This model requires --enable-auto-tool-choice.' })
      await ask(page, 'A failure that is explained')
      await page.getByText('What the provider said').click()
      await shoot('explained')
      if (size === 'phone') {
        await page.getByRole('button', { name: 'Conversations' }).click()
        await shoot('drawer')
        await page.keyboard.press('Escape')
      }
      await page.keyboard.press('Control+k')
      await page.getByRole('dialog').waitFor()
      await shoot('palette')
      await page.goto('/')
      await fillSettings(page)
      for (const name of ['models', 'secrets', 'limits', 'memory']) {
        await page.goto(`/settings/${name}`)
        await page.getByRole('heading', { level: 1 }).waitFor()
        await shoot(`settings-${name}`)
      }
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

/** Fills the settings pages. */
async function fillSettings(page: Page): Promise<void> {
  const admin = user(stack.url, await stack.token('acme', 'ada', { scopes: 'admin' }))
  const profile = { provider: 'openai-compatible', base_url: 'https://api.openai.com/v1', model: 'gpt-5-mini', credential: 'openai' }
  await admin.call('PUT', '/v1/settings/models/everyday', {
    profile: { ...profile, price: { input_per_million: 0.25, output_per_million: 2 } },
  })
  await admin.call('PUT', '/v1/settings/models/careful', { profile: { ...profile, model: 'gpt-5' } })
  await admin.call('PUT', '/v1/settings/models/offline', { profile: { provider: 'builtin' } })
  await admin.call('PUT', '/v1/llm/credentials/openai', { secret: 'sk-proj-0123456789abcdefghij-4f2a' })
  const { version } = await (await admin.call('GET', '/v1/settings')).json()
  const personas = { tutor: { tokens_per_day: 20_000 } }
  const budgets = { tenant: { tokens_per_day: 4_000, money_per_day: 5 }, personas }
  await admin.call('PUT', '/v1/settings', { version, chat: { profile: 'offline', fallback: 'careful' }, budgets })
  await ask(page, 'How many days until 31 December?')
  await page.waitForTimeout(2_000)
  await admin.call('POST', '/v1/sessions/message', { message: 'Count on me.', persona_id: 'tutor' })
  await page.waitForTimeout(1_500)
  const { version: currentVersion } = await (await admin.call('GET', '/v1/settings')).json()
  await admin.call('PUT', '/v1/settings', { version: currentVersion, chat: { profile: null, fallback: null } })
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
