/** Personas: their page in the settings, and the choice of persona and model beside a message. */
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { violationsInBothThemes } from './axe.ts'
import { setUpBrowser } from './browser-fixture.ts'
import { answers, ask, button, composer, eventually, sessionOf } from './chat.ts'
import { phone } from './chromium.ts'

const fixture = setUpBrowser()
const field = (page: Page, label: string) => page.getByLabel(label, { exact: true })
const path = '/settings/personas'
const openAsAdmin = (options = {}) => fixture.visitor({ admin: true, path, ...options })
const stored = async (api: { call: (method: string, path: string) => Promise<Response> }, id: string) =>
  (await api.call('GET', `/v1/personas/${id}`)).json() as Promise<Record<string, unknown>>

describe('The page of personas', () => {
  it('creates, changes and deletes one', async () => {
    const { page, api } = await openAsAdmin()
    await page.getByText('No personas yet').waitFor()
    await page.getByTestId('add-persona').click()
    await field(page, 'Name').fill('Tutor')
    await field(page, 'Id').fill('tutor')
    await field(page, 'Who may choose it').selectOption('workspace')
    await field(page, 'Instructions').fill('Explain in steps.')
    await field(page, 'Tools').selectOption('some')
    await field(page, 'Names of the tools').fill('timestamp, echo timestamp')
    await page.getByText('Greeting, starters, answer format and budget').click()
    await field(page, 'Greeting').fill('Hello!')
    await field(page, 'Starters').fill('Teach me fractions.\n\n Test me. ')
    await field(page, 'Tokens a day').fill('5000')
    await page.getByTestId('save-persona').click()
    const row = page.getByTestId('persona-tutor')
    await row.getByText('Tutor', { exact: true }).waitFor()
    expect(await stored(api, 'tutor')).toMatchObject({
      name: 'Tutor',
      instructions: 'Explain in steps.',
      visibility: 'workspace',
      tools: ['timestamp', 'echo'],
      starters: ['Teach me fractions.', 'Test me.'],
      greeting: 'Hello!',
      budget: { tokens_per_day: 5_000, money_per_day: 0 },
    })
    await row.getByRole('button', { name: 'Edit Tutor' }).click()
    await eventually(async () => expect(await field(page, 'Names of the tools').inputValue()).toBe('timestamp, echo'))
    await field(page, 'Name').fill('Coach')
    await field(page, 'Tools').selectOption('none')
    await field(page, 'Tokens a day').fill('')
    await page.getByTestId('save-persona').click()
    await row.getByText('Coach', { exact: true }).waitFor()
    expect(await stored(api, 'tutor')).toMatchObject({ name: 'Coach', version: 2, tools: [], budget: null, greeting: 'Hello!' })
    await row.getByRole('button', { name: 'Delete' }).click()
    await row.getByRole('button', { name: 'Really delete?' }).click()
    await page.getByText('No personas yet').waitFor()
  })

  it('sets the answer format, keeps the parts of it that have no field, and names what is wrong in a schema', async () => {
    const { page, api } = await openAsAdmin()
    const json_schema = { name: 'place', description: 'Where it is', schema: { type: 'object' } }
    const persona = { id: 'finder', name: 'Finder', response_format: { type: 'json_schema', json_schema } }
    expect((await api.call('POST', '/v1/personas', persona)).status).toBe(201)
    await page.reload()
    const row = page.getByTestId('persona-finder')
    await row.getByRole('button', { name: 'Edit Finder' }).click()
    const schemaField = field(page, 'Answer format (JSON Schema)')
    await eventually(async () => expect(JSON.parse(await schemaField.inputValue())).toEqual({ type: 'object' }))
    await schemaField.fill('{"type": ')
    await page.getByText('Must be a JSON object in curly brackets.').waitFor()
    expect(await page.getByTestId('save-persona').isDisabled()).toBe(true)
    await schemaField.fill('{"type": "planet"}')
    await page.getByTestId('save-persona').click()
    await page.getByRole('alert').filter({ hasText: 'response_format' }).waitFor()
    const schema = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] }
    await schemaField.fill(JSON.stringify(schema))
    await page.getByTestId('save-persona').click()
    await row.waitFor()
    expect((await stored(api, 'finder')).response_format).toEqual({ type: 'json_schema', json_schema: { ...json_schema, schema } })
    await row.getByRole('button', { name: 'Edit Finder' }).click()
    await schemaField.fill('')
    await page.getByTestId('save-persona').click()
    await row.waitFor()
    expect((await stored(api, 'finder')).response_format).toBeNull()
  })

  it('shows what the model receives, and where a value is unknown, while the user types', async () => {
    const { page } = await openAsAdmin({ subject: 'persona-preview' })
    await page.getByTestId('add-persona').click()
    await field(page, 'Name').fill('Guide')
    const instructions = field(page, 'Instructions')
    const preview = page.getByTestId('instructions-preview')
    await instructions.fill('Help {{user.name}}.\nBe kind to {{user.email}}.')
    await preview.getByText('Help persona-preview.').waitFor()
    const problem = page.getByTestId('template-problem')
    await problem.getByText('(line 2, column 12)').waitFor()
    expect(await page.getByTestId('save-persona').isDisabled()).toBe(true)
    expect(await violationsInBothThemes(page)).toEqual([])
    await problem.getByRole('button', { name: 'Show' }).click()
    await page.keyboard.type('all')
    expect(await instructions.inputValue()).toBe('Help {{user.name}}.\nBe kind to all.')
    await preview.getByText('Be kind to all.').waitFor()
    expect(await problem.textContent()).toBe('')
    await page.getByRole('group', { name: 'Insert a value:' }).getByRole('button', { name: '{{workspace}}' }).click()
    await eventually(async () => expect(await instructions.inputValue()).toContain('all{{workspace}}.'))
    expect(await page.getByTestId('save-persona').isEnabled()).toBe(true)
  })

  it('refuses a change of an older version and loads the newer one', async () => {
    const { page, api } = await openAsAdmin({ subject: 'persona-stale' })
    await api.call('POST', '/v1/personas', { id: 'mine', name: 'Mine' })
    await page.reload()
    await button(page, 'Edit Mine').click()
    await field(page, 'Description').fill('From this tab')
    await api.call('PUT', '/v1/personas/mine', { name: 'Mine', description: 'From another tab', version: 1 })
    await page.getByTestId('save-persona').click()
    await page.getByRole('alert').getByText('Newer version').waitFor()
    expect(await field(page, 'Description').inputValue()).toBe('From this tab')
    await button(page, 'Load again').click()
    await eventually(async () => expect(await field(page, 'Description').inputValue()).toBe('From another tab'))
    await field(page, 'Description').fill('From both')
    await page.getByTestId('save-persona').click()
    await page.getByTestId('persona-mine').getByText('From both').waitFor()
  })

  it('changes the instructions of the workspace, with the same preview', async () => {
    const { page, api } = await openAsAdmin({ subject: 'persona-workspace' })
    await page.getByText('There are none.').waitFor()
    await page.getByTestId('edit-workspace-instructions').click()
    await field(page, 'Text').fill('Rules of {{workspace}} for {{nobody}}.')
    await page.getByTestId('template-problem').getByText('(line 1, column 28)').waitFor()
    expect(await page.getByTestId('save-workspace-instructions').isDisabled()).toBe(true)
    await field(page, 'Text').fill('Rules of {{workspace}}.')
    await page.getByTestId('instructions-preview').getByText('Rules of personas-of-persona-workspace.').waitFor()
    await page.getByTestId('save-workspace-instructions').click()
    await page.getByText('Rules of {{workspace}}.', { exact: true }).waitFor()
    await eventually(async () => {
      const { settings } = await (await api.call('GET', '/v1/settings')).json()
      expect(settings.instructions.workspace).toBe('Rules of {{workspace}}.')
    })
  })

  it('lets a member keep own personas, and not change those of the workspace', async () => {
    const admin = await fixture.visitor({ admin: true, path, subject: 'persona-admin' })
    await admin.api.call('POST', '/v1/personas', { id: 'shared', name: 'Shared', visibility: 'workspace' })
    const { tab, context } = await fixture.visitor({ subject: 'persona-member' })
    await context.request.post('/v1/auth/dev', { data: { tenant: admin.tenant, subject: 'persona-member' } })
    const page = await tab(path)
    await page.getByTestId('persona-shared').waitFor()
    expect(await page.getByTestId('persona-shared').getByRole('button').count()).toBe(0)
    await page.getByTestId('add-persona').click()
    expect(await field(page, 'Who may choose it').isDisabled()).toBe(true)
    await field(page, 'Name').fill('My own')
    await page.getByTestId('save-persona').click()
    await button(page, 'Edit My own').waitFor()
    await admin.page.reload()
    await admin.page.getByTestId('persona-shared').waitFor()
    expect(await admin.page.getByText('My own').count()).toBe(0)
  })

  it('fits a phone, without a violation of accessibility', async () => {
    const { page } = await openAsAdmin({ ...phone, subject: 'persona-phone' })
    await page.getByText('No personas yet').waitFor()
    await page.getByTestId('add-persona').click()
    await page.getByText('Greeting, starters, answer format and budget').click()
    await field(page, 'Tools').selectOption('some')
    await field(page, 'Instructions').fill(`{{${'unknown'.repeat(20)}}} ${'word'.repeat(200)}`)
    await page.getByTestId('template-problem').getByText('line 1').waitFor()
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true)
    expect(await violationsInBothThemes(page)).toEqual([])
  })
})

/** The tenant of a new administrator, with two profiles and two personas, at the page of a new chat. */
async function openWithPersonas(subject: string, options = {}) {
  const visitor = await fixture.visitor({ admin: true, path: '/settings/account', subject, ...options })
  const { api, page } = visitor
  for (const name of ['large', 'small']) {
    const profile = { provider: 'openai-compatible', base_url: fixture.model.url, model: `the-${name}-one` }
    expect((await api.call('PUT', `/v1/settings/models/${name}`, { profile })).status).toBe(200)
  }
  for (const persona of [
    {
      id: 'tutor',
      name: 'Tutor',
      description: 'Explains in steps',
      instructions: 'Explain in steps.',
      tools: ['timestamp'],
      model: 'large',
      greeting: 'Hello! What shall we learn?',
      starters: ['Teach me fractions.', 'Test me.'],
    },
    { id: 'critic', name: 'Critic', instructions: 'Find the weak point.', tools: [], model: 'small' },
  ])
    expect((await api.call('POST', '/v1/personas', { ...persona, visibility: 'workspace' })).status).toBe(201)
  await page.goto('/')
  await page.getByTestId('choice').waitFor()
  return visitor
}

const chip = (page: Page, of: 'persona' | 'model') => page.getByTestId(`choose-${of}`)
const foot = (page: Page) => page.getByTestId('answered-by').last()

async function choose(page: Page, of: 'persona' | 'model', name: string): Promise<void> {
  await chip(page, of).click()
  await page.getByTestId(`${of}-menu`).getByRole('menuitemradio', { name }).click()
  await page.getByTestId(`${of}-menu`).waitFor({ state: 'detached' })
}

/** Sends a message and waits for its whole answer. */
async function answered(page: Page, text: string, count: number): Promise<void> {
  await ask(page, text)
  await eventually(async () => expect(await page.getByTestId('answered-by').count()).toBe(count), 30_000)
  expect(await answers(page).last().textContent()).toContain(text)
}

describe('The choice beside a message', () => {
  it('lets two personas answer with their instructions, tools and models, and the foot shows which one did', async () => {
    const { page, api } = await openWithPersonas('choice-two')
    await choose(page, 'persona', 'Tutor')
    await answered(page, 'What is a half', 1)
    expect(await foot(page).textContent()).toBe('Tutor · large')
    expect(fixture.model.requestOf('What is a half')).toMatchObject({
      model: 'the-large-one',
      system: 'Explain in steps.',
      tools: ['timestamp'],
    })
    await choose(page, 'persona', 'Critic')
    await answered(page, 'Is that so', 2)
    expect(await foot(page).textContent()).toBe('Critic · small')
    expect(fixture.model.requestOf('Is that so')).toMatchObject({ model: 'the-small-one', system: 'Find the weak point.', tools: [] })
    expect(await page.getByTestId('answered-by').first().textContent()).toBe('Tutor · large')
    const { events } = await (await api.call('GET', `/v1/sessions/${await sessionOf(page)}/events?limit=100`)).json()
    const named = (events as { persona_id?: string }[]).flatMap(({ persona_id }) => persona_id ?? [])
    expect(named).toEqual(['tutor', 'critic'])
  })

  it('stays over a reload, belongs to one conversation, and returns to the persona of the session', async () => {
    const { page } = await openWithPersonas('choice-kept')
    await choose(page, 'persona', 'Tutor')
    await answered(page, 'First', 1)
    await choose(page, 'persona', 'Critic')
    await choose(page, 'model', 'large')
    await page.reload()
    await eventually(async () => expect(await chip(page, 'persona').textContent()).toBe('Critic'))
    expect(await chip(page, 'model').textContent()).toBe('large')
    await answered(page, 'Second', 2)
    expect(await foot(page).textContent()).toBe('Critic · large')
    const conversation = page.url()
    await page.goto('/')
    await eventually(async () => expect(await chip(page, 'persona').textContent()).toBe('No persona'))
    expect(await chip(page, 'model').textContent()).toBe('Automatic')
    await page.goto(conversation)
    await eventually(async () => expect(await chip(page, 'persona').textContent()).toBe('Critic'))
    await choose(page, 'persona', 'Tutor')
    await choose(page, 'model', 'Automatic')
    await answered(page, 'Third', 3)
    expect(await foot(page).textContent()).toBe('Tutor · large')
    await chip(page, 'persona').click()
    expect(await page.getByRole('menuitemradio', { name: 'No persona' }).count()).toBe(0)
  })

  it('shows the greeting and the starters of the persona in a new chat', async () => {
    const { page } = await openWithPersonas('choice-greeting')
    expect(await page.getByTestId('greeting').count()).toBe(0)
    await choose(page, 'persona', 'Tutor')
    await page.getByTestId('greeting').getByText('Hello! What shall we learn?').waitFor()
    await page.getByRole('heading', { name: 'Tutor', level: 2 }).waitFor()
    expect(await page.getByTestId('starter').allTextContents()).toEqual(['Teach me fractions.', 'Test me.'])
    expect(await violationsInBothThemes(page)).toEqual([])
    await page.getByTestId('starter').first().click()
    await eventually(async () => expect(await page.getByTestId('answered-by').count()).toBe(1), 30_000)
    expect(fixture.model.requestOf('Teach me fractions.')?.system).toBe('Explain in steps.')
  })

  it('works by keyboard alone', async () => {
    const { page } = await openWithPersonas('choice-keys')
    await composer(page).focus()
    for (let step = 0; step < 3 && !(await chip(page, 'persona').evaluate((chip) => chip === document.activeElement)); step += 1)
      await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    const menu = page.getByTestId('persona-menu')
    await menu.getByRole('menuitemradio', { name: 'No persona' }).waitFor()
    await page.keyboard.type('Tut')
    await page.keyboard.press('Enter')
    await menu.waitFor({ state: 'detached' })
    expect(await chip(page, 'persona').getAttribute('aria-label')).toBe('Persona: Tutor')
    await eventually(async () => expect(await chip(page, 'persona').evaluate((chip) => chip === document.activeElement)).toBe(true))
    await chip(page, 'model').press('Enter')
    await page.getByTestId('model-menu').waitFor()
    await page.keyboard.press('Escape')
    await page.getByTestId('model-menu').waitFor({ state: 'detached' })
    expect(await chip(page, 'model').textContent()).toBe('Automatic')
  })

  it('of a deleted persona is said to the user, and the message can be sent again with another', async () => {
    const { page, api } = await openWithPersonas('choice-gone')
    await choose(page, 'persona', 'Tutor')
    await api.call('DELETE', '/v1/personas/tutor')
    await ask(page, 'Are you there')
    await page.getByText('Not sent').waitFor()
    await choose(page, 'persona', 'Critic')
    await button(page, 'Send again').click()
    await eventually(async () => expect(await page.getByTestId('answered-by').count()).toBe(1), 30_000)
    expect(await foot(page).textContent()).toBe('Critic · small')
  })

  it('fits a phone', async () => {
    const { page, api } = await openWithPersonas('choice-phone', phone)
    await api.call('POST', '/v1/personas', { id: 'long', name: `Long ${'name '.repeat(14)}`, description: 'word '.repeat(60) })
    await page.reload()
    await choose(page, 'persona', 'Long name')
    await page.getByRole('heading', { name: /^Long name/ }).waitFor()
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true)
    await chip(page, 'persona').click()
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true)
    expect(await violationsInBothThemes(page)).toEqual([])
  })

  it('does not exist in a workspace without personas and profiles', async () => {
    const { page } = await fixture.visitor({ admin: true, subject: 'choice-none' })
    const settings = page.waitForResponse((response) => response.url().endsWith('/v1/settings'))
    await page.reload()
    await settings
    await page.getByTestId('starter').first().waitFor()
    expect(await page.getByTestId('choice').count()).toBe(0)
  })
})
