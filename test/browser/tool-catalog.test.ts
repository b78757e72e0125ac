/** The page of tools: what an administrator changes, and what it does in a conversation. */
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import type { CatalogView } from '../../shared/api/tools.ts'
import { violationsInBothThemes } from './axe.ts'
import { setUpBrowser } from './browser-fixture.ts'
import { askAndClaim, eventually, settled } from './chat.ts'

const fixture = setUpBrowser()

const row = (page: Page, name: string) => page.getByTestId(`tool-${name}`)
const edit = (page: Page, name: string) =>
  row(page, name)
    .getByRole('button', { name: `Edit ${name}` })
    .click()

describe('The page of tools', () => {
  it('finds tools, changes their rules and limits, and shows what the tool itself says', async () => {
    const { page, api } = await fixture.visitor({ admin: true, path: '/settings/tools' })
    await row(page, 'echo').waitFor()
    await page.getByTestId('tools-filter').fill('TIMESTAMP')
    await eventually(async () => expect([await row(page, 'echo').count(), await row(page, 'timestamp').count()]).toEqual([0, 1]))
    await page.getByTestId('tools-filter').fill('no such tool')
    await page.getByText('No tool found').waitFor()
    await page.getByTestId('tools-filter').fill('')

    await edit(page, 'echo')
    const form = page.getByTestId('tool-form')
    expect(await form.getByLabel('Approval').locator('option').first().textContent()).toMatch(/^Default: /)
    await form.getByLabel('Approval').selectOption('always')
    await form.getByLabel('Longest run, seconds').fill('2.5')
    await form.getByLabel('Who may use it').selectOption('some')
    await form.getByRole('checkbox', { name: 'Admin' }).check()
    await form.getByLabel('Users', { exact: true }).fill('ada, grace')
    await form.getByLabel('Fixed arguments, JSON').fill('[1]')
    expect(await page.getByTestId('save-tool').isDisabled()).toBe(true)
    await form.getByLabel('Fixed arguments, JSON').fill('{"text": "always this"}')
    await page.getByTestId('save-tool').click()
    await row(page, 'echo').getByText('Asks every time · 2.5 s at most · Only for some users · Fixed: text').waitFor()
    const entry = await (await api.call('GET', '/v1/tool-catalog/echo')).json()
    expect(entry).toMatchObject({
      enabled: true,
      approval: 'always',
      limits: { timeout_ms: 2_500, output_units: null },
      allowed: { roles: ['admin'], subjects: ['ada', 'grace'] },
      params: { text: 'always this' },
    })
    // An empty field is the tool's own again.
    await edit(page, 'echo')
    await form.getByLabel('Longest run, seconds').fill('')
    await form.getByLabel('Who may use it').selectOption('everyone')
    await page.getByTestId('save-tool').click()
    await form.waitFor({ state: 'detached' })
    expect(await (await api.call('GET', '/v1/tool-catalog/echo')).json()).toMatchObject({ limits: { timeout_ms: null }, allowed: null })
  })

  it('disables a tool in a running turn, and says why its call was denied', async () => {
    const { page, tab } = await fixture.visitor({ admin: true })
    const answer = await askAndClaim(fixture.model, page, 'Say it', 'Say it')
    const next = fixture.model.claim('Say it')
    const settings = await tab('/settings/tools')
    await settings.getByTestId('enable-echo').click()
    await row(settings, 'echo').getByText('Disabled').waitFor()
    answer.call('echo', { text: 'hello' })
    const last = await next
    last.write('I may not.')
    last.finish()
    await settled(page, 1)
    const call = page.getByTestId('call')
    await eventually(async () => expect(await call.getAttribute('data-state')).toBe('denied'))
    expect(await call.locator('.call-why').textContent()).toContain('disabled')
    await settings.getByTestId('enable-echo').click()
    await row(settings, 'echo').getByText('Disabled').waitFor({ state: 'detached' })
  })

  it('refuses a change that is based on an older entry, and loads the newer one', async () => {
    const { page, api } = await fixture.visitor({ admin: true, path: '/settings/tools' })
    await edit(page, 'echo')
    const form = page.getByTestId('tool-form')
    await form.getByLabel('Description for models').fill('Says it again.')
    expect((await api.call('PUT', '/v1/tool-catalog/echo', { approval: 'ask' })).status).toBe(200)
    await page.getByTestId('save-tool').click()
    await form.getByRole('alert').waitFor()
    expect(await form.getByLabel('Description for models').inputValue()).toBe('Says it again.')
    await form.getByRole('button', { name: 'Load again' }).click()
    await eventually(async () => expect(await form.getByLabel('Approval').inputValue()).toBe('ask'))
  })

  it('fits a phone in German, and passes axe with its form, light and dark', async () => {
    const { page } = await fixture.visitor({ admin: true, path: '/settings/tools', locale: 'de-DE', viewport: { width: 390, height: 844 } })
    await page.getByRole('heading', { level: 1, name: 'Werkzeuge' }).waitFor()
    await row(page, 'echo').getByRole('button', { name: 'echo bearbeiten' }).click()
    await page.getByLabel('Wer es benutzen darf').selectOption('some')
    expect(await violationsInBothThemes(page)).toEqual([])
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390)
  })

  it('says that a tool failed again and again, and when its calls run again', async () => {
    const { page } = await fixture.visitor({ admin: true })
    await page.route('**/v1/tool-catalog', async (route) => {
      const response = await route.fetch()
      const catalog = (await response.json()) as CatalogView
      const breaker = { state: 'open', failures: 5, retry_at: Date.now() + 30_000 } as const
      await route.fulfill({
        json: { ...catalog, tools: catalog.tools.map((tool) => (tool.name === 'echo' ? { ...tool, breaker } : tool)) },
      })
    })
    await page.goto('/settings/tools')
    await row(page, 'echo').getByText('Paused', { exact: true }).waitFor()
    await page
      .getByTestId('breaker-echo')
      .getByText(/^It failed 5 times in a row\. Calls run again at .+\.$/)
      .waitFor()
    expect(await page.getByTestId('breaker-timestamp').count()).toBe(0)
  })

  it('is for reading only without the right to change it', async () => {
    const { page } = await fixture.visitor({ path: '/settings/tools' })
    await row(page, 'echo').waitFor()
    expect(await row(page, 'echo').getByRole('button').count()).toBe(0)
    expect(await page.getByRole('switch').count()).toBe(0)
  })
})
