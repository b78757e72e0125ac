/**
 * Takes screenshots of every state of the app: `node test/browser/screenshots.ts OUTDIR [WORD]`. Desktop and phone, light and dark.
 * WORD: only the sizes and themes with this word in `SIZE-THEME`. The model is controlled by the script, which can pause it and break it off.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { builtin } from '../../shared/model/builtin/builtin.ts'
import { addTool, startMcpServer } from '../support/services/mcp-server.ts'
import { startStack } from '../support/stack.ts'
import { user } from '../support/user.ts'
import { launch, phone } from './chromium.ts'
import { startControlledModel } from './controlled-model.ts'

const [folder, word = ''] = process.argv.slice(2)
if (folder === undefined) {
  console.error('usage: node test/browser/screenshots.ts OUTDIR [WORD]')
  process.exit(1)
}
mkdirSync(folder, { recursive: true })

const sizes = { desktop: { viewport: { width: 1440, height: 900 } }, phone } as const
const tour = await markdownTour()
/** Answers by the words that ask for them. */
const samples: Readonly<Record<string, string>> = {
  'some maths':
    'The roots of $ax^2 + bx + c = 0$ are\n\n$$x = \\frac{-b \\pm \\sqrt{b^2 - 4ac}}{2a}$$\n\nand their sum is \\(-\\frac{b}{a}\\). A book costs $5, two cost $10.\n\n\\[\\int_0^1 x^2\\,dx = \\frac{1}{3}\\]\n',
  'some arabic':
    'هذه إجابة من اليمين إلى اليسار:\n\n- الأول\n- الثاني مع `code`\n\n> اقتباس قصير.\n\n| الاسم | القيمة |\n| --- | --- |\n| واحد | 1 |\n',
  'long code': `Here is the program:\n\n\`\`\`ts\n${Array.from({ length: 120 }, (_, line) => `export const line${line} = compute(${line}, { name: 'a rather long argument', width: ${line * 7} })`).join('\n')}\n\`\`\`\n\nThat is all.\n`,
  'a wide table': `| ${Array.from({ length: 9 }, (_, column) => `Column ${column}`).join(' | ')} |\n|${' --- |'.repeat(9)}\n| ${Array.from({ length: 9 }, (_, column) => `a value of column ${column}`).join(' | ')} |\n`,
}
const browser = await launch()
const model = await startControlledModel()
const mcpServer = await startMcpServer()
const stack = await startStack({ env: { SOMA_MODEL_BASE_URL: model.url, SOMA_MODEL: 'hand' } })
try {
  for (const [size, options] of Object.entries(sizes))
    for (const colorScheme of ['light', 'dark'] as const) {
      if (!`${size}-${colorScheme}`.includes(word)) continue
      const subject = `${colorScheme}-${size}`
      // The settings are changed at the end, so each has a tenant of its own.
      const tenant = `acme-${subject}`
      const context = await browser.newContext({ ...options, colorScheme, baseURL: stack.url })
      const page = await context.newPage()
      const shoot = async (name: string) => {
        await page.waitForTimeout(600)
        await page.screenshot({ path: join(folder, `${name}-${size}-${colorScheme}.png`) })
      }
      await page.goto('/')
      await page.getByRole('button', { name: 'Continue as developer' }).waitFor()
      await shoot('sign-in')
      await context.request.post('/v1/auth/dev', { data: { tenant, subject } })
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
      for (const [name, text] of Object.entries(samples)) {
        await page.goto('/')
        const sampleClaim = model.claim(name)
        await ask(page, `Show me ${name}`)
        const sample = await sampleClaim
        sample.write(text)
        sample.finish()
        await page.getByRole('button', { name: 'Copy answer' }).waitFor()
        await shoot(name.replaceAll(' ', '-'))
      }
      await page.goto('/')
      const empty = answerNothing()
      await ask(page, 'Say nothing')
      await page.getByText('The model returned an empty answer.').waitFor({ timeout: 90_000 })
      empty.stop()
      await shoot('empty-answer')
      await page.goto(`/c/${await shareWith(tenant, subject)}`)
      await page.getByText('You can read this conversation.').waitFor()
      await shoot('viewer')
      if (size === 'phone') {
        await page.getByRole('button', { name: 'Conversations' }).click()
        await shoot('drawer')
        await page.keyboard.press('Escape')
      }
      await page.keyboard.press('Control+k')
      await page.getByRole('dialog').waitFor()
      await shoot('palette')
      await page.goto('/')
      await fillSettings(page, tenant, subject)
      await page.goto('/settings')
      const links = page.getByRole('navigation', { name: 'Settings' }).getByRole('link')
      await links.filter({ hasText: 'Audit' }).waitFor()
      if (size === 'phone') await shoot('settings')
      const paths = await links.evaluateAll((all) => all.map((link) => link.getAttribute('href') ?? ''))
      for (const path of paths.filter((href) => href.startsWith('/settings/'))) {
        await page.goto(path)
        await page.getByRole('main').getByRole('heading', { level: 1 }).waitFor()
        await page.waitForLoadState('networkidle')
        await shoot(path.slice(1).replace('/', '-'))
      }
      await page.goto('/settings/personas')
      await page.getByRole('button', { name: 'Edit Tutor' }).click()
      await page.getByLabel('Instructions', { exact: true }).fill('Teach {{user.name}} in steps.\nWrite to {{user.email}}.')
      await shoot('persona-form')
      await page.goto('/')
      await page.getByTestId('choose-persona').click()
      await shoot('persona-menu')
      await page.getByRole('menuitemradio', { name: 'Tutor' }).click()
      await page.getByTestId('greeting').waitFor()
      await shoot('persona-chosen')
      await page.getByTestId('choose-model').click()
      await shoot('model-menu')
      await page.getByRole('menuitemradio', { name: 'offline' }).click()
      await ask(page, 'How many days until 31 December?')
      await page.getByTestId('answered-by').waitFor()
      await shoot('persona-answered')
      await page.goto('/docs')
      await page.getByRole('main', { name: 'API reference' }).waitFor()
      await shoot('docs')
      await context.close()
    }
} finally {
  await browser.close()
  await stack.stop()
  await model.close()
  await mcpServer.close()
}

async function ask(page: Page, text: string): Promise<void> {
  await page.getByRole('textbox', { name: 'Message' }).fill(text)
  await page.getByRole('button', { name: 'Send message' }).click()
}

/** Answers 'Say nothing' without a text, as often as the server asks. */
function answerNothing(): { stop(): void } {
  let isOver = false
  const answer = async () => {
    while (!isOver) (await model.claim('Say nothing')).finish()
  }
  void answer()
  return {
    stop: () => {
      isOver = true
    },
  }
}

/** A conversation of another user that `subject` may read. Returns its id. */
async function shareWith(tenant: string, subject: string): Promise<string> {
  const session = `shared-with-${subject}`
  const owner = user(stack.url, await stack.token(tenant, 'olga'))
  await owner.send('Where do rivers begin?', { session_id: session })
  await owner.call('POST', '/v1/relations', { writes: [{ object: `session:${session}`, relation: 'viewer', user: `user:${subject}` }] })
  return session
}

/** Fills the settings pages, and makes `subject` an administrator. */
async function fillSettings(page: Page, tenant: string, subject: string): Promise<void> {
  const admin = user(stack.url, await stack.token(tenant, 'ada', { scopes: 'admin' }))
  await admin.call('PUT', `/v1/users/${subject}`, { role: 'admin' })
  const own = user(stack.url, await stack.token(tenant, subject, { scopes: 'keys:manage' }))
  const { session_id } = await own.send('Archive this one')
  await own.call('PATCH', `/v1/sessions/${session_id}/list-entry`, { archived: true })
  await own.call('POST', '/v1/keys', { name: 'Nightly report' })
  const profile = { provider: 'openai-compatible', base_url: 'https://api.openai.com/v1', model: 'gpt-5-mini', credential: 'openai' }
  await admin.call('PUT', '/v1/settings/models/everyday', {
    profile: { ...profile, price: { input_per_million: 0.25, output_per_million: 2 } },
  })
  await admin.call('PUT', '/v1/settings/models/careful', { profile: { ...profile, model: 'gpt-5' } })
  await admin.call('PUT', '/v1/settings/models/offline', { profile: { provider: 'builtin' } })
  await admin.call('PUT', '/v1/llm/credentials/openai', { secret: 'sk-proj-0123456789abcdefghij-4f2a' })
  // The tools of one server have changed, and another wants a sign-in.
  mcpServer.tools = [addTool]
  mcpServer.key = undefined
  await admin.call('POST', '/v1/mcp-servers', { id: 'sums', url: mcpServer.url })
  mcpServer.tools = [{ ...addTool, description: 'Adds two numbers, also very large ones.' }]
  await admin.call('POST', '/v1/mcp-servers/sums/refresh')
  mcpServer.key = 'another'
  await admin.call('POST', '/v1/mcp-servers', { id: 'tickets', url: mcpServer.url })
  const { version } = await (await admin.call('GET', '/v1/settings')).json()
  const personas = { tutor: { tokens_per_day: 20_000 } }
  const budgets = { tenant: { tokens_per_day: 40_000, money_per_day: 5 }, personas }
  await admin.call('PUT', '/v1/settings', { version, chat: { profile: 'offline', fallback: 'careful' }, budgets })
  for (const persona of [
    {
      id: 'tutor',
      name: 'Tutor',
      description: 'Explains mathematics in small steps, and asks back.',
      instructions: 'Teach {{user.name}} in steps. Today is {{date}}.',
      model: 'offline',
      greeting: 'Hello! What shall we learn today?',
      starters: ['Teach me fractions.', 'Ask me five questions about the French Revolution, one after the other.', 'Check my homework.'],
      budget: { tokens_per_day: 20_000 },
    },
    { id: 'editor', name: 'Editor', description: 'Shortens texts and keeps their meaning.', instructions: 'Be brief.', tools: [] },
  ])
    await admin.call('POST', '/v1/personas', { ...persona, visibility: 'workspace' })
  await own.call('POST', '/v1/personas', { id: `mine-${subject}`, name: 'My travel planner', instructions: 'Plan trips by train.' })
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
