/** How every settings page behaves when a request fails. The limits page and the secrets page represent all of them. */
import type { Page, Route } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { setUpBrowser } from './browser-fixture.ts'
import { button, eventually } from './chat.ts'

const fixture = setUpBrowser()

const unavailable = (route: Route) =>
  route.fulfill({
    status: 503,
    contentType: 'application/problem+json',
    body: JSON.stringify({ type: 'https://soma.example/problems/unavailable', title: 'Unavailable', status: 503, detail: 'Try later.' }),
  })

const tokens = (page: Page) => page.getByLabel('Tokens a day, everyone together')
const usage = (page: Page) => page.getByRole('region', { name: 'Everyone', exact: true })

async function limitsPage(subject: string) {
  const visitor = await fixture.visitor({ path: '/settings/limits', subject, admin: true })
  await usage(visitor.page).waitFor()
  await tokens(visitor.page).waitFor()
  return visitor
}

describe('The use of today', () => {
  it('names the use of models without a price', async () => {
    const { page } = await limitsPage('kit-unpriced')
    const unpriced = page.getByTestId('unpriced')
    expect(await unpriced.count()).toBe(0)
    await page.route('**/v1/budgets', async (route) => {
      const response = await route.fetch()
      await route.fulfill({ response, json: { ...(await response.json()), unpriced: { tokens: 1_200, money: 0.5, models: ['a', 'b'] } } })
    })
    await button(page, 'Refresh').click()
    await unpriced.waitFor()
    const text = await unpriced.textContent()
    expect(text).toContain('1,200 tokens came from models without a price.')
    expect(text).toContain('at the dearest known price.')
    expect(text).toContain('Without a price: a and b.')
  })
})

describe('A load', () => {
  it('that fails first shows the error and a button that tries again', async () => {
    const { page } = await fixture.visitor({ path: '/settings/account', subject: 'kit-first', admin: true })
    await page.route('**/v1/budgets', unavailable)
    await page.goto('/settings/limits')
    const today = page.getByRole('region', { name: 'Today' })
    await today.getByRole('alert').getByText('Unavailable').waitFor()
    await page.unroute('**/v1/budgets')
    await today.getByRole('button', { name: 'Try again' }).click()
    await usage(page).waitFor()
    expect(await page.getByRole('alert').filter({ hasText: /./ }).count()).toBe(0)
  })

  it('40. that fails offers to try again, on every page', async () => {
    const { page } = await fixture.visitor({ path: '/settings/account', subject: 'kit-every', admin: true })
    const links = page.getByRole('navigation', { name: 'Settings' }).getByRole('link')
    await page.getByRole('heading', { level: 1, name: 'Account' }).waitFor()
    const paths = await links.evaluateAll((all) => all.map((link) => link.getAttribute('href') ?? ''))
    // The page of this browser asks the server for nothing.
    const pages = paths.filter((path) => path.startsWith('/settings/') && path !== '/settings/browser')
    expect(pages.length).toBeGreaterThan(10)
    await page.route(/\/v1\/(?!me$)/, unavailable)
    for (const path of pages) {
      await page.goto(path)
      const alert = page.getByRole('main').getByRole('alert').filter({ hasText: 'Unavailable' })
      await alert.first().waitFor()
      expect([path, await alert.first().getByRole('button', { name: 'Try again' }).count()]).toEqual([path, 1])
    }
  })

  it('that fails later keeps the content and an unsaved form', async () => {
    const { page } = await limitsPage('kit-reload')
    await tokens(page).fill('12345')
    await page.route('**/v1/budgets', unavailable)
    await button(page, 'Refresh').click()
    const today = page.getByRole('region', { name: 'Today' })
    await today.getByRole('alert').getByText('Unavailable').waitFor()
    expect(await usage(page).isVisible()).toBe(true)
    expect(await tokens(page).inputValue()).toBe('12345')
    await page.unroute('**/v1/budgets')
    await today.getByRole('button', { name: 'Try again' }).click()
    await eventually(async () => expect(await today.getByRole('alert').count()).toBe(0))
    expect(await usage(page).isVisible()).toBe(true)
  })

  it('that gets 401 opens the sign-in dialog over the content', async () => {
    const { page, context } = await limitsPage('kit-401-load')
    await context.clearCookies()
    await button(page, 'Refresh').click()
    const dialog = page.getByTestId('expired-dialog')
    await dialog.waitFor()
    expect(await tokens(page).count()).toBe(1)
    await dialog.getByRole('button', { name: 'Continue as developer' }).click()
    await dialog.waitFor({ state: 'detached' })
    await button(page, 'Try again').click()
    await eventually(async () => expect(await button(page, 'Try again').count()).toBe(0))
  })

  it('that needs a second factor opens its page', async () => {
    const { page, api } = await limitsPage('kit-mfa')
    const changed = await api.call('PUT', '/v1/sign-in-rules', { require_mfa: 'everyone' })
    expect(changed.status).toBe(200)
    await eventually(async () => {
      await button(page, 'Refresh')
        .click({ timeout: 500 })
        .catch(() => undefined)
      expect(await page.getByTestId('needs-mfa').count()).toBe(1)
    })
  })
})

describe('An action', () => {
  it('that fails shows its error in its own form and keeps the input', async () => {
    const { page } = await limitsPage('kit-action')
    await page.route('**/v1/settings', (route) => (route.request().method() === 'PUT' ? unavailable(route) : route.continue()))
    await tokens(page).fill('777')
    await page.getByTestId('save-budgets').click()
    await page.getByTestId('budget-form').getByRole('alert').getByText('Unavailable').waitFor()
    expect(await page.getByTestId('rates-form').getByRole('alert').count()).toBe(0)
    expect(await tokens(page).inputValue()).toBe('777')
  })

  it('that gets 401 opens the sign-in dialog', async () => {
    const { page, context } = await limitsPage('kit-401-action')
    await context.clearCookies()
    await tokens(page).fill('1')
    await page.getByTestId('save-budgets').click()
    await page.getByTestId('expired-dialog').waitFor()
  })

  it('runs once, also after repeated presses of its button', async () => {
    const { page } = await fixture.visitor({ path: '/settings/secrets', subject: 'kit-once', admin: true })
    let requests = 0
    await page.route('**/v1/settings/data-key/rotate', (route) => {
      requests += 1
      return route.continue()
    })
    await page.getByTestId('rotate').waitFor()
    await page.getByTestId('rotate').evaluate((rotate: HTMLButtonElement) => {
      rotate.click()
      rotate.click()
    })
    await page.getByText('New data key').first().waitFor()
    expect(requests).toBe(1)
  })
})

describe('A sign-out', () => {
  it('opens no sign-in dialog until it fails, also after a 401', async () => {
    const { page, context } = await fixture.visitor({ path: '/settings/account', subject: 'kit-leaves', admin: true })
    const signOutAnswer = Promise.withResolvers<void>()
    await page.route('**/v1/auth/sign-out', async (route) => {
      await signOutAnswer.promise
      await unavailable(route)
    })
    await button(page, 'Sign out').first().click()
    await context.clearCookies()
    const methods = page.waitForResponse('**/v1/auth/methods')
    await page.getByRole('link', { name: 'Limits' }).click()
    await methods
    // Under a dialog this link could not be clicked.
    await page.getByRole('link', { name: 'Account' }).click()
    await page.getByRole('heading', { level: 1, name: 'Account' }).waitFor()
    const dialog = page.getByTestId('expired-dialog')
    expect(await dialog.count()).toBe(0)
    signOutAnswer.resolve()
    await dialog.waitFor()
  })
})
