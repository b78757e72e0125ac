/** Sharing a conversation, for its owner and for the other user. */
import { describe, expect, it } from 'vitest'
import { violations } from './axe.ts'
import { setUpBrowser } from './browser-fixture.ts'
import { eventually } from './chat.ts'
import { phone } from './chromium.ts'

const fixture = setUpBrowser()

/** A conversation of `subject` with the share dialog open. */
async function openShareDialog(subject: string, session: string, options: Parameters<typeof fixture.visitor>[0] = {}) {
  const owner = await fixture.visitor({ subject, ...options })
  await owner.api.call('POST', '/v1/sessions/message', { session_id: session, message: 'Rivers begin small' })
  await owner.page.goto(`/c/${session}`)
  await owner.page.getByText('Rivers begin small').first().waitFor()
  await owner.page
    .getByRole('main')
    .getByRole('button', { name: /^Options for/ })
    .first()
    .click()
  await owner.page.getByTestId('menu-share').click()
  const dialog = owner.page.getByTestId('share-dialog')
  await dialog.getByText('No one else has access yet.').waitFor()
  return { ...owner, dialog }
}

describe('Sharing', () => {
  it('lets another user read, then write, then nothing, each from the next request on', async () => {
    const { dialog } = await openShareDialog('sharer', 'shared-river')
    const bob = await fixture.visitor({ subject: 'bob@example.com' })
    const read = async () => (await bob.api.call('GET', '/v1/sessions/shared-river/history')).status
    const write = async () =>
      (await bob.api.call('POST', '/v1/sessions/message', { session_id: 'shared-river', message: 'And then?' })).status
    expect(await read()).toBe(404)
    await dialog.getByLabel('Share with').fill(' bob@example.com ')
    await dialog.getByTestId('share-add').click()
    const row = dialog.getByTestId('shares').getByRole('listitem').filter({ hasText: 'bob@example.com' })
    await row.waitFor()
    expect([await read(), await write()]).toEqual([200, 403])
    await bob.page.goto('/c/shared-river')
    await bob.page.getByText('Rivers begin small').first().waitFor()
    await dialog.getByLabel('What bob@example.com can do').selectOption('member')
    await eventually(async () => expect(await write()).toBe(200))
    expect(await row.count(), 'one row for each').toBe(1)
    // A user who is added again is listed once.
    await dialog.getByLabel('Share with').fill('bob@example.com')
    await dialog.getByTestId('share-add').click()
    await eventually(async () => expect(await dialog.getByLabel('What bob@example.com can do').inputValue()).toBe('viewer'))
    expect(await row.count()).toBe(1)
    await dialog.getByRole('button', { name: 'Remove bob@example.com' }).click()
    await dialog.getByText('No one else has access yet.').waitFor()
    expect(await read()).toBe(404)
  })

  it('shows the reason to a user without access', async () => {
    const { api } = await openShareDialog('sharer-two', 'shared-lake')
    await api.call('POST', '/v1/relations', { writes: [{ object: 'session:shared-lake', relation: 'viewer', user: 'user:vera' }] })
    const vera = await fixture.visitor({ subject: 'vera', path: '/c/shared-lake' })
    await vera.page.getByText('Rivers begin small').first().waitFor()
    await vera.page
      .getByRole('main')
      .getByRole('button', { name: /^Options for/ })
      .first()
      .click()
    await vera.page.getByTestId('menu-share').click()
    await vera.page.getByTestId('share-dialog').getByRole('alert').getByText('Not allowed').waitFor()
    expect(await vera.page.getByTestId('share-add').isDisabled()).toBe(true)
  })
})

for (const colorScheme of ['light', 'dark'] as const)
  it(`passes axe (WCAG 2.2 AA) in the dialog, empty and filled, on desktop and phone, ${colorScheme}`, async () => {
    const { page, dialog, api } = await openShareDialog(`axe-sharer-${colorScheme}`, `axe-shared-${colorScheme}`, { colorScheme })
    const check = async (step: string) => {
      for (const viewport of [phone.viewport, { width: 1280, height: 800 }]) {
        await page.setViewportSize(viewport)
        expect(await violations(page), step).toEqual([])
        expect(await page.evaluate(() => document.documentElement.scrollWidth), step).toBeLessThanOrEqual(viewport.width)
      }
    }
    await check('empty')
    await dialog.getByLabel('Share with').fill('ada')
    await dialog.getByTestId('share-add').click()
    await dialog.getByTestId('shares').waitFor()
    // The dialog clears the field once the change has ended. Text that is filled in earlier would be lost.
    await eventually(async () => expect(await dialog.getByLabel('Share with').inputValue()).toBe(''))
    const object = `session:axe-shared-${colorScheme}`
    await api.call('POST', '/v1/relations', { writes: [{ object, relation: 'viewer', user: `tenant:${fixture.tenant}#member` }] })
    await dialog.getByLabel('Share with').fill('a-person-with-quite-a-long-name@departments.example.com')
    await dialog.getByTestId('share-add').click()
    await eventually(async () => expect(await dialog.getByTestId('shares').getByRole('listitem').count()).toBe(3))
    await check('filled')
  })
