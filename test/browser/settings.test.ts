/** The settings pages account, API keys and users. */
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { violationsInBothThemes } from './axe.ts'
import { setUpBrowser } from './browser-fixture.ts'
import { button, eventually, expectCopied } from './chat.ts'
import { phone } from './chromium.ts'

const fixture = setUpBrowser({ ownStack: true })

/** The owner of the tenant `local`, at `path`. */
async function openAsOwner(path: string): Promise<Page> {
  const context = await fixture.newContext({ permissions: ['clipboard-read', 'clipboard-write'] })
  await context.request.post('/v1/auth/dev', { data: {} })
  const page = await context.newPage()
  await page.goto(path)
  return page
}

const heading = (page: Page, name: string) => page.getByRole('heading', { level: 1, name })

describe('API keys', () => {
  it('are created, shown once, copied, listed by their prefix, and revoked', async () => {
    const page = await openAsOwner('/settings/keys')
    await heading(page, 'API keys').waitFor()
    await page.getByTestId('new-key').click()
    await page.getByLabel('Name').fill('Nightly report')
    await page.getByLabel('Manage API keys').check()
    await page.getByTestId('make-key').click()
    const key = (await page.getByTestId('made-key').textContent()) ?? ''
    expect(key).toMatch(/^soma_local\.\w{12}_\w{43}$/)
    await page.getByTestId('copy-key').click()
    await expectCopied(page, key)
    await page.keyboard.press('Escape')
    expect(await page.getByTestId('made-key').isVisible(), 'Escape does not close it').toBe(true)
    await page.getByTestId('key-kept').click()
    const row = page.getByTestId('keys').getByRole('listitem').filter({ hasText: 'Nightly report' })
    await row.getByText('keys:manage').waitFor()
    const secret = key.slice(-43)
    expect(await page.content()).not.toContain(secret)
    expect(await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]))).not.toContain(secret)
    const me = () => fetch(`${fixture.url}/v1/me`, { headers: { authorization: `Bearer ${key}` } })
    expect((await me()).status).toBe(200)
    await button(page, 'Revoke Nightly report').click()
    await page.getByTestId('confirm-revoke').click()
    await page.getByText('No API keys yet').waitFor()
    await eventually(async () => expect((await me()).status).toBe(401))
  })

  it('of a member cannot get an administrator’s scopes', async () => {
    const { page } = await fixture.visitor({ path: '/settings/keys' })
    await page.getByTestId('new-key').click()
    expect(await page.getByLabel('Manage API keys').isVisible()).toBe(true)
    expect(await page.getByLabel('Administer').count()).toBe(0)
    expect(await page.getByRole('link', { name: 'Users' }).count()).toBe(0)
  })
})

describe('Users', () => {
  it('are added, given another role, and removed', async () => {
    const page = await openAsOwner('/settings/users')
    await page.getByTestId('add-user').click()
    await page.getByLabel('User ID').fill('ada@example.com')
    await page.getByTestId('add-user-dialog').getByLabel('Role').selectOption('viewer')
    await page.getByRole('button', { name: 'Add', exact: true }).click()
    const role = page.getByLabel('Role of ada@example.com')
    await eventually(async () => expect(await role.inputValue()).toBe('viewer'))
    await role.selectOption('admin')
    await page.getByText('ada@example.com is now admin').waitFor()
    await page.getByLabel('Role of developer').selectOption('member')
    await page.getByText('Last owner').waitFor()
    await eventually(async () => expect(await page.getByLabel('Role of developer').inputValue()).toBe('owner'))
    await button(page, 'Remove ada@example.com').click()
    await page.getByTestId('confirm-remove').click()
    await eventually(async () => expect(await role.count()).toBe(0))
  })

  it('are hidden from a member, with the reason', async () => {
    const { page } = await fixture.visitor({ path: '/settings/users' })
    await page.getByRole('alert').getByText('Not').first().waitFor()
    expect(await button(page, 'Try again').isVisible()).toBe(true)
  })
})

describe('The account', () => {
  it('opens from the menu and signs out of every tab', async () => {
    const { page, tab } = await fixture.visitor()
    await page.getByTestId('account').click()
    await page.getByTestId('menu-settings').click()
    await heading(page, 'Account').waitFor()
    const other = await tab('/settings/keys')
    await heading(other, 'API keys').waitFor()
    await button(page, 'Sign out on every device…').click()
    await page.getByTestId('confirm-everywhere').click()
    await button(page, 'Continue as developer').waitFor()
    await button(other, 'Continue as developer').waitFor()
  })
})

describe('The settings pass axe (WCAG 2.2 AA), dark and light,', () => {
  it.each(['account', 'keys', 'users'])('on %s, on desktop and phone', async (path) => {
    const page = await openAsOwner(`/settings/${path}`)
    await page.getByRole('heading', { level: 1 }).waitFor()
    await page.waitForLoadState('networkidle')
    expect(await violationsInBothThemes(page)).toEqual([])
    await page.setViewportSize(phone.viewport)
    expect(await violationsInBothThemes(page)).toEqual([])
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(phone.viewport.width)
  })

  it('in its dialogs', async () => {
    const page = await openAsOwner('/settings/keys')
    await page.getByTestId('new-key').click()
    await page.getByTestId('new-key-dialog').waitFor()
    expect(await violationsInBothThemes(page)).toEqual([])
    await page.getByLabel('Name').fill('axe')
    await page.getByTestId('make-key').click()
    await page.getByTestId('made-key').waitFor()
    expect(await violationsInBothThemes(page)).toEqual([])
  })
})
