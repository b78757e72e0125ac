/** The settings pages models, secrets, limits and budgets for an administrator. */
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { violations } from './axe.ts'
import { setUpBrowser } from './browser-fixture.ts'
import { button, eventually } from './chat.ts'
import { phone } from './chromium.ts'

const fixture = setUpBrowser()
const secret = 'sk-canary-0123456789abcdef-4f2a'
const field = (page: Page, label: string) => page.getByLabel(label, { exact: true })

async function expectAccessible(page: Page): Promise<void> {
  expect(await violations(page)).toEqual([])
}

/** An administrator of a new tenant. */
const openAsAdmin = (path: string, options = {}) => fixture.visitor({ admin: true, path, ...options })

describe('The settings pages', () => {
  it('open by name and close again', async () => {
    const { page } = await openAsAdmin('/settings/models')
    await page.getByRole('link', { name: 'Secrets' }).click()
    await page.getByRole('heading', { name: 'Secrets', level: 1 }).waitFor()
    await eventually(async () => expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Secrets'))
    await page.getByRole('link', { name: 'Conversations' }).click()
    await page.getByRole('textbox', { name: 'Message' }).waitFor()
  })

  it('add a model, test it, and let it answer', async () => {
    const { page } = await openAsAdmin('/settings/models')
    await page.getByTestId('add-profile').click()
    await field(page, 'Name').fill('main')
    await field(page, 'Address').fill('http://127.0.0.1:9/v1')
    await field(page, 'Model').fill('small')
    await page.getByTestId('save-profile').click()
    await page.getByTestId('test-main').click()
    await page.getByTestId('result-main').getByText('cannot be reached').waitFor()
    await expectAccessible(page)
    await field(page, 'Chat model').selectOption('main')
    await page.getByText('Answers', { exact: true }).waitFor()
    await page.getByText('Recent changes').click()
    await page.getByText('chat › profile').waitFor()
    await page.reload()
    await eventually(async () => expect(await field(page, 'Chat model').inputValue()).toBe('main'))
    const row = page.getByTestId('profile-main')
    await row.getByRole('button', { name: 'Remove' }).click()
    await row.getByRole('button', { name: 'Really remove?' }).click()
    await page.getByText('No profiles yet').waitFor()
  })

  it('say what is known of a model, and that another one is unknown', async () => {
    const { page } = await openAsAdmin('/settings/models')
    await page.getByTestId('add-profile').click()
    const hint = page.getByTestId('profile-form')
    await field(page, 'Model').fill('gpt-4o-2024-08-06')
    await hint
      .getByText(/Known: a window of 128,000 tokens, answers of up to 16,384\. It can use tools, images, and structured output\./)
      .waitFor()
    await field(page, 'Model').fill('my-model')
    await hint.getByText(/Unknown: at most 24,000 tokens/).waitFor()
    await expectAccessible(page)
    await field(page, 'Name').fill('own')
    await field(page, 'Address').fill('http://127.0.0.1:9/v1')
    await page.getByTestId('save-profile').click()
    await page
      .getByTestId('profile-own')
      .getByText(/unknown model, so at most 24,000 tokens/)
      .waitFor()
  })

  it('set which models are allowed', async () => {
    const { page } = await openAsAdmin('/settings/models')
    await field(page, 'Never these models').fill('gpt-*\n\n spare ')
    await field(page, 'Model lock').selectOption('warn')
    await page.getByTestId('save-router').click()
    await page.getByText('Allowed models saved').first().waitFor()
    await expectAccessible(page)
    await page.reload()
    expect(await field(page, 'Never these models').inputValue()).toBe('gpt-*\nspare')
    expect(await field(page, 'Model lock').inputValue()).toBe('warn')
    await field(page, 'Never these models').fill('a*b')
    await page.getByTestId('save-router').click()
    await page.getByText(/router\/deny\/0: may have one/).waitFor()
  })

  it('name an invalid field', async () => {
    const { page } = await openAsAdmin('/settings/models')
    await page.getByTestId('add-profile').click()
    await field(page, 'Name').fill('inner')
    await field(page, 'Address').fill('https://169.254.169.254/v1')
    await field(page, 'Model').fill('small')
    await page.getByTestId('save-profile').click()
    await page.getByText(/profile\/base_url: The address must be on the public internet/).waitFor()
  })

  it('39. store a key and never show it', async () => {
    const { page } = await openAsAdmin('/settings/secrets')
    const bodies: Promise<string>[] = []
    page.on('response', (response) => bodies.push(response.text().catch(() => '')))
    await field(page, 'Name').fill('openai')
    await field(page, 'Key').fill(secret)
    await page.getByTestId('save-key').click()
    await page.getByTestId('key-openai').getByText('sk-…4f2a').waitFor()
    await expectAccessible(page)
    await eventually(async () => expect(await field(page, 'Key').inputValue()).toBe(''))
    const stored = await page.evaluate(() =>
      JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.documentElement.outerHTML]),
    )
    expect(`${stored}${(await Promise.all(bodies)).join('')}`).not.toContain('canary')
    await page.getByTestId('rotate').click()
    await page.getByText('one secret encrypted again').first().waitFor()
    const row = page.getByTestId('key-openai')
    await row.getByRole('button', { name: 'Replace' }).click()
    await field(page, 'Key').fill('sk-another-0123456789abcdef-9z9z')
    await page.getByTestId('save-key').click()
    await row.getByText('sk-…9z9z').waitFor()
  })

  it('set budgets and show today’s usage', async () => {
    const { page, api } = await openAsAdmin('/settings/limits')
    await field(page, 'Tokens a day, everyone together').fill('50000')
    await page.getByTestId('save-budgets').click()
    await page.getByRole('img', { name: /Tokens: 0 of 50,000/ }).waitFor()
    await expectAccessible(page)
    await field(page, 'Messages: requests').fill('7')
    await page.getByTestId('save-rates').click()
    await eventually(async () => {
      const { settings } = await (await api.call('GET', '/v1/settings')).json()
      expect([settings.limits.message.limit, settings.budgets.tenant.tokens_per_day]).toEqual([7, 50_000])
    })
  })

  it('set which files may be attached, and how large they may be', async () => {
    const { page, api } = await openAsAdmin('/settings/limits')
    await field(page, 'One file, MB at most').fill('1.5')
    await field(page, 'Only these types').fill('image/*, application/pdf')
    await page.getByTestId('save-uploads').click()
    await eventually(async () => {
      const { settings } = await (await api.call('GET', '/v1/settings')).json()
      expect(settings.uploads).toMatchObject({ max_file_bytes: 1_500_000, allow: ['image/*', 'application/pdf'] })
    })
    // The page loads the saved settings, and then takes input again.
    await page.getByText('Limits of files saved').first().waitFor()
    // The server names what is wrong, and the input stays.
    await field(page, 'Only these types').fill('pictures')
    await page.getByTestId('save-uploads').click()
    await page.getByTestId('uploads-form').getByRole('alert').getByText('must be a media type').waitFor()
    expect(await field(page, 'Only these types').inputValue()).toBe('pictures')
  })

  it('refuse a change of an older version and load the newer one', async () => {
    const { page, api } = await openAsAdmin('/settings/limits')
    await field(page, 'Messages: requests').fill('9')
    await api.call('PUT', '/v1/settings', { version: 0, features: { escalation: 'disabled' } })
    await page.getByTestId('save-rates').click()
    await page.getByText('are at version 1').waitFor()
    await button(page, 'Load again').click()
    // The loaded settings replace what was typed.
    await page.getByText('are at version 1').waitFor({ state: 'hidden' })
    await eventually(async () => expect(await field(page, 'Messages: requests').inputValue()).not.toBe('9'))
    await field(page, 'Messages: requests').fill('9')
    await page.getByTestId('save-rates').click()
    await page.getByText('Request limits saved').first().waitFor()
  })

  it('fit a phone', async () => {
    for (const path of ['models', 'secrets', 'limits']) {
      const { page } = await openAsAdmin(`/settings/${path}`, phone)
      await page.getByRole('heading', { level: 1 }).waitFor()
      await page.locator('.card').first().waitFor()
      expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true)
      await expectAccessible(page)
    }
  })
})
