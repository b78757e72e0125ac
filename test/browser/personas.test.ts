/** Personas: their page in the settings, and the choice of persona and model beside a message. */
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { violationsInBothThemes } from './axe.ts'
import { setUpBrowser } from './browser-fixture.ts'
import { button, eventually } from './chat.ts'
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
    await page.getByText('Greeting, starters and budget').click()
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
    await page.getByText('Greeting, starters and budget').click()
    await field(page, 'Tools').selectOption('some')
    await field(page, 'Instructions').fill(`{{${'unknown'.repeat(20)}}} ${'word'.repeat(200)}`)
    await page.getByTestId('template-problem').getByText('line 1').waitFor()
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true)
    expect(await violationsInBothThemes(page)).toEqual([])
  })
})
