/** The second factor from set-up to removal, and the list of sign-ins. */
import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { codeOf } from '../support/authenticator.ts'
import { inBothThemes, violations } from './axe.ts'
import { setUpBrowser } from './browser-fixture.ts'
import { button, eventually, expectCopied } from './chat.ts'
import { phone } from './chromium.ts'

const fixture = setUpBrowser()

async function secretOn(page: Page): Promise<string> {
  return ((await page.getByTestId('mfa-secret').textContent()) ?? '').replaceAll(' ', '')
}

/** Signs in with the first factor, up to the request for a code. */
async function firstFactor(page: Page, tenant: string, subject: string): Promise<void> {
  // The development sign-in sends no user name, so the test adds one.
  await page.route('**/v1/auth/dev', (route) => route.continue({ postData: JSON.stringify({ tenant, subject }) }))
  await button(page, 'Continue as developer').click()
}

describe('The second factor', () => {
  it('is set up, required, replaced by a recovery code, and turned off', async () => {
    const { page } = await fixture.visitor({
      path: '/settings/account',
      subject: 'mfa-whole-way',
      permissions: ['clipboard-read', 'clipboard-write'],
    })
    await page.getByTestId('enrol').click()
    await page.getByTestId('qr').waitFor()
    const secret = await secretOn(page)
    expect(secret).toMatch(/^[A-Z2-7]{32}$/)
    await page.getByTestId('copy-secret').click()
    await expectCopied(page, secret)
    // A wrong code shows an error, and the secret stays.
    await page.getByTestId('code-input').fill('12')
    await page.getByTestId('verify-mfa').click()
    await page.getByRole('alert').getByText('Wrong code').waitFor()
    await page.getByTestId('code-input').fill(await codeOf(secret))
    await page.getByTestId('verify-mfa').click()
    await page.getByTestId('recovery-codes').waitFor()
    const codes = await page.getByTestId('recovery-codes').getByRole('listitem').allTextContents()
    expect(codes).toHaveLength(10)
    await page.keyboard.press('Escape')
    expect(await page.getByTestId('recovery-codes').isVisible(), 'Escape does not close it').toBe(true)
    await page.getByTestId('copy-codes').click()
    await expectCopied(page, `${codes.join('\n')}\n`)
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByTestId('download-codes').click()])
    expect(await readFile(await download.path(), 'utf8')).toBe(`${codes.join('\n')}\n`)
    await page.getByTestId('codes-kept').click()
    await page.getByText('On: authenticator app').waitFor()
    await page.getByText('10 recovery codes left').waitFor()
    expect(await page.content()).not.toContain(secret)

    await button(page, 'Sign out').first().click()
    await firstFactor(page, fixture.tenant, 'mfa-whole-way')
    const input = page.getByTestId('code-input')
    await input.waitFor()
    expect(await input.evaluate((box: HTMLInputElement) => [box.autocomplete, box.inputMode, document.activeElement === box])).toEqual([
      'one-time-code',
      'numeric',
      true,
    ])
    expect((await page.request.get('/v1/me')).status(), 'not signed in yet').toBe(401)
    await input.fill('not it')
    await page.getByTestId('code-submit').click()
    await page.getByRole('alert').getByText('Wrong code').waitFor()
    // Pasted with spaces, as apps show it.
    const code = await codeOf(secret, 1)
    await page.evaluate((text) => navigator.clipboard.writeText(text), `${code.slice(0, 3)} ${code.slice(3)}`)
    await input.fill('')
    await input.press('Control+V')
    await input.press('Enter')
    await page.getByRole('textbox', { name: 'Message' }).waitFor()

    await page.goto('/settings/account')
    await button(page, 'Sign out').first().click()
    await firstFactor(page, fixture.tenant, 'mfa-whole-way')
    await button(page, 'Use a recovery code').click()
    await page.getByLabel('Recovery code').fill(codes[0] ?? '')
    await page.getByTestId('code-submit').click()
    await page.getByRole('textbox', { name: 'Message' }).waitFor()

    await page.goto('/settings/account')
    await page.getByText('9 recovery codes left').waitFor()
    await button(page, 'Turn off…').click()
    await page.getByTestId('code-input').fill(codes[0] ?? '')
    await page.getByTestId('confirm-code').click()
    await page.getByRole('alert').getByText('Wrong code').waitFor()
    await page.getByTestId('code-input').fill(codes[1] ?? '')
    await page.getByTestId('confirm-code').click()
    await page.getByTestId('enrol').waitFor()
    await button(page, 'Sign out').first().click()
    await firstFactor(page, fixture.tenant, 'mfa-whole-way')
    await page.getByRole('textbox', { name: 'Message' }).waitFor()
  })

  it('is required again after a reload and in the dialog of an expired session', async () => {
    const { page, context } = await fixture.visitor({ path: '/settings/account', subject: 'mfa-expired' })
    await page.getByTestId('enrol').click()
    const secret = await secretOn(page)
    await page.getByTestId('code-input').fill(await codeOf(secret))
    await page.getByTestId('verify-mfa').click()
    await page.getByTestId('codes-kept').click()
    await page.getByText('On: authenticator app').waitFor()
    await context.clearCookies()
    await button(page, 'New recovery codes…').click()
    await page.getByTestId('code-input').fill('123456')
    await page.getByTestId('confirm-code').click()
    const dialog = page.getByTestId('expired-dialog')
    await dialog.waitFor()
    await dialog.getByRole('button', { name: 'Continue as developer' }).click()
    await dialog.getByTestId('code-input').fill(await codeOf(secret, 1))
    await dialog.getByTestId('code-submit').click()
    await eventually(async () => expect(await dialog.count()).toBe(0))
    expect((await page.request.get('/v1/me')).status()).toBe(200)
    // After an identity provider, the address asks for a code.
    await context.clearCookies()
    await page.goto('/?sign_in=code')
    await page.getByTestId('code-form').waitFor()
    await page.reload()
    await page.getByTestId('code-form').waitFor()
    await page.getByTestId('code-input').fill('123456')
    await page.getByTestId('code-submit').click()
    await page.getByRole('alert').getByText('Challenge expired').waitFor()
    await button(page, 'Sign in again').click()
    await button(page, 'Continue as developer').waitFor()
    expect(new URL(page.url()).search).toBe('')
  })
})

describe('A tenant that requires a second factor', () => {
  it('lets its admin choose the users, and sends the admin to the set-up first', async () => {
    const { page } = await fixture.visitor({ path: '/settings/users', subject: 'mfa-admin', admin: true })
    await page.getByLabel('Require two-factor authentication for').selectOption('everyone')
    await page.getByText('Everyone needs two-factor authentication now').waitFor()
    // The next request leads to the set-up, also in an open page.
    await eventually(async () => {
      for (const name of ['API keys', 'Users'])
        await page
          .getByRole('link', { name })
          .click({ timeout: 500 })
          .catch(() => undefined)
      expect(await page.getByTestId('needs-mfa').count()).toBe(1)
    })
    const secret = await secretOn(page)
    await page.getByTestId('code-input').fill(await codeOf(secret))
    await page.getByTestId('verify-mfa').click()
    await page.getByTestId('codes-kept').click()
    await page.getByRole('heading', { level: 1, name: /Users|API keys/ }).waitFor()
    await page.goto('/settings/account')
    await page.getByText('Required by your workspace').waitFor()
    expect(await button(page, 'Turn off…').count()).toBe(0)
  })

  it('lets its admin reset a lost second factor', async () => {
    const admin = await fixture.visitor({ path: '/settings/users', subject: 'mfa-helper', admin: true })
    const { tenant } = admin
    const device = await fixture.newContext()
    await device.request.post('/v1/auth/dev', { data: { tenant, subject: 'lost' } })
    const page = await device.newPage()
    await page.goto('/settings/account')
    await page.getByTestId('enrol').click()
    await page.getByTestId('code-input').fill(await codeOf(await secretOn(page)))
    await page.getByTestId('verify-mfa').click()
    await page.getByTestId('codes-kept').click()
    await admin.page.reload()
    await button(admin.page, 'Reset two-factor authentication of lost').click()
    await admin.page.getByTestId('confirm-reset').click()
    await admin.page.getByText('lost can sign in without a second factor').waitFor()
    await eventually(async () => expect((await device.request.get('/v1/me')).status()).toBe(401))
    expect((await device.request.post('/v1/auth/dev', { data: { tenant, subject: 'lost' } })).status()).toBe(200)
  })
})

describe('The list of sign-ins', () => {
  it('marks this browser and ends one sign-in or all others', async () => {
    const { page, api } = await fixture.visitor({ path: '/settings/account', subject: 'signs-in-often' })
    const otherBrowser = async () => {
      const context = await fixture.newContext({
        userAgent: 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) Version/18.1 Mobile/15E148 Safari/604.1',
      })
      await context.request.post('/v1/auth/dev', { data: { tenant: fixture.tenant, subject: 'signs-in-often' } })
      return context
    }
    const [firstPhone, secondPhone] = [await otherBrowser(), await otherBrowser()]
    await page.reload()
    const rows = page.getByTestId('sign-ins').getByRole('listitem')
    await eventually(async () => expect(await rows.count()).toBe(3))
    expect(await rows.filter({ hasText: 'this browser' }).allTextContents()).toEqual([expect.stringContaining('Chrome on Linux')])
    await button(page, 'Sign out Safari on iPhone').first().click()
    await page.getByText('Safari on iPhone is signed out').waitFor()
    await eventually(async () => expect(await rows.count()).toBe(2))
    const statuses = async () =>
      Promise.all([firstPhone, secondPhone].map(async (context) => (await context.request.get('/v1/me')).status()))
    await eventually(async () => expect((await statuses()).sort()).toEqual([200, 401]))
    await page.getByTestId('end-others').click()
    await eventually(async () => expect(await statuses()).toEqual([401, 401]))
    await eventually(async () => expect(await rows.count()).toBe(1))
    expect((await page.request.get('/v1/me')).status()).toBe(200)
    expect((await api.call('GET', '/v1/me')).status, 'a token from an operator is no sign-in').toBe(200)
  })
})

it('passes axe (WCAG 2.2 AA) in every step, on desktop and phone, dark and light', async () => {
  const { page, tenant } = await fixture.visitor({ path: '/settings/account', subject: 'axe', admin: true })
  const check = async (step: string) => {
    for (const viewport of [phone.viewport, { width: 1280, height: 800 }]) {
      await page.setViewportSize(viewport)
      await inBothThemes(page, async (theme) => {
        expect(await violations(page), `${step}, ${theme}`).toEqual([])
        expect(await page.evaluate(() => document.documentElement.scrollWidth), step).toBeLessThanOrEqual(viewport.width)
      })
    }
  }
  await page.getByTestId('enrol').click()
  await page.getByTestId('qr').waitFor()
  await check('enrol')
  const secret = await secretOn(page)
  await page.getByTestId('code-input').fill('1')
  await page.getByTestId('verify-mfa').click()
  await page.getByRole('alert').waitFor()
  await check('a wrong code')
  await page.getByTestId('code-input').fill(await codeOf(secret))
  await page.getByTestId('verify-mfa').click()
  await page.getByTestId('recovery-codes').waitFor()
  await check('recovery codes')
  await page.getByTestId('codes-kept').click()
  await page.getByText('On: authenticator app').waitFor()
  await check('on')
  await button(page, 'Turn off…').click()
  await page.getByTestId('code-dialog').waitFor()
  await check('a code first')
  await page.keyboard.press('Escape')
  await button(page, 'Sign out').first().click()
  await firstFactor(page, tenant, 'axe')
  await page.getByTestId('code-form').waitFor()
  await check('signing in')
})
