/** The page of web access and web search. */
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { violationsInBothThemes } from './axe.ts'
import { setUpBrowser } from './browser-fixture.ts'
import { eventually } from './chat.ts'
import { phone } from './chromium.ts'

const fixture = setUpBrowser()
const field = (page: Page, label: string) => page.getByLabel(label, { exact: true })

describe('The page of the web', () => {
  it('sets the search engine and the hosts, each without losing the input of the other', async () => {
    const { page, api } = await fixture.visitor({ admin: true, path: '/settings/web' })
    const stored = async () => (await (await api.call('GET', '/v1/settings')).json()).settings
    await field(page, 'Only these hosts').fill('example.com\n*.example.org')
    await field(page, 'Search engine').selectOption('searxng')
    await field(page, 'Address').fill('https://search.example.com')
    await page.getByTestId('save-search').click()
    await page.getByText('Search engine saved').first().waitFor()
    expect(await field(page, 'Only these hosts').inputValue()).toBe('example.com\n*.example.org')
    await page.getByTestId('save-access').click()
    await page.getByText('Hosts saved').first().waitFor()
    expect(await stored()).toMatchObject({
      search: { engine: 'searxng', base_url: 'https://search.example.com' },
      web: { allow: ['example.com', '*.example.org'], deny: [] },
    })
    await field(page, 'Search engine').selectOption('brave')
    await field(page, 'Key').fill('brave')
    await page.getByText('No key with that name yet.').waitFor()
    await field(page, 'Address').fill('')
    await page.getByTestId('save-search').click()
    await eventually(async () => expect((await stored()).search).toEqual({ engine: 'brave', credential: 'brave' }))
  })

  it('says which host is invalid, and keeps the input', async () => {
    const { page } = await fixture.visitor({ admin: true, path: '/settings/web' })
    await field(page, 'Never these hosts').fill('https://example.com/path')
    await page.getByTestId('save-access').click()
    await page.getByTestId('access-form').getByRole('alert').getByText('must be a host').waitFor()
    expect(await field(page, 'Never these hosts').inputValue()).toBe('https://example.com/path')
  })

  it('fits a phone in German, and passes axe, light and dark', async () => {
    const { page } = await fixture.visitor({ admin: true, path: '/settings/web', locale: 'de-DE', ...phone })
    await field(page, 'Suchmaschine').selectOption('brave')
    await field(page, 'Schlüssel').waitFor()
    expect(await violationsInBothThemes(page)).toEqual([])
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390)
  })
})
