/** Sharing a conversation, for its owner and for the other user. */
import { describe, expect, it } from 'vitest'
import { inBothThemes, violations, violationsInBothThemes } from './axe.ts'
import { setUpBrowser } from './browser-fixture.ts'
import { ask, eventually, settled } from './chat.ts'
import { phone } from './chromium.ts'

const fixture = setUpBrowser()

/** A conversation of `subject` with the share dialog open. */
async function openShareDialog(subject: string, session: string) {
  const owner = await fixture.visitor({ subject })
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

  it('is listed for the reader, who reads it and continues in a copy, and is offered nothing that is refused', async () => {
    const { api } = await openShareDialog('sharer-two', 'shared-lake')
    await api.call('POST', '/v1/relations', { writes: [{ object: 'session:shared-lake', relation: 'viewer', user: 'user:vera' }] })
    const vera = await fixture.visitor({ subject: 'vera', keepsToasts: true })
    // A notice, once.
    await vera.page.getByTestId('toast').getByText('sharer-two shared “Rivers begin small” with you').waitFor()
    // The mark stays until it is opened.
    await vera.page.getByTestId('unread').waitFor()
    await vera.page.getByRole('heading', { name: '1 new' }).waitFor()
    await vera.page.getByTestId('toast-action').click()
    await vera.page.getByText('Rivers begin small').first().waitFor()
    await eventually(async () => expect(await vera.page.getByTestId('chat-title').textContent()).toBe('Rivers begin small'))
    await eventually(async () => expect(await vera.page.getByTestId('unread').count()).toBe(0))
    await eventually(async () => expect(await vera.page.getByTestId('access').textContent()).toBe('View only · shared by sharer-two'))
    const readOnlyBar = vera.page.getByRole('region', { name: 'View only' })
    await readOnlyBar.getByText('You can read this conversation.').waitFor()
    expect(await vera.page.getByRole('textbox', { name: 'Message' }).count()).toBe(0)
    await settled(vera.page, 1)
    for (const name of ['Edit message', 'Answer again', 'Share this conversation'])
      expect(await vera.page.getByRole('button', { name }).count(), name).toBe(0)
    expect(await violationsInBothThemes(vera.page)).toEqual([])
    await vera.page
      .getByRole('main')
      .getByRole('button', { name: /^Options for/ })
      .click()
    const items = vera.page.getByRole('menuitem')
    await items.first().waitFor()
    const labels = (await items.allTextContents()).map((text) => text.trim())
    expect(labels).toEqual(['Copy link', 'What the model sees', 'Export', 'Export as Markdown'])
    await items.filter({ hasText: 'What the model sees' }).click()
    await vera.page.getByTestId('context-pieces').waitFor()
    await vera.page.keyboard.press('Escape')
    await vera.page.reload()
    const list = vera.page.getByRole('region', { name: 'Shared with you' })
    await list.getByRole('link', { name: /Rivers begin small/ }).waitFor()
    expect(await vera.page.getByTestId('toast').count()).toBe(0)
    await readOnlyBar.getByRole('button', { name: 'Continue in my own copy' }).click()
    await vera.page.waitForURL((url) => url.pathname.startsWith('/c/') && !url.pathname.endsWith('shared-lake'))
    await vera.page.getByRole('textbox', { name: 'Message' }).waitFor()
    await settled(vera.page, 1)
    expect(await vera.page.getByTestId('access').count()).toBe(0)
  })

  it('lets a reader who may write write, and says who shares it', async () => {
    const { api } = await openShareDialog('sharer-three', 'shared-sea')
    await api.call('POST', '/v1/relations', { writes: [{ object: 'session:shared-sea', relation: 'member', user: 'user:walt' }] })
    const walt = await fixture.visitor({ subject: 'walt', path: '/c/shared-sea' })
    await walt.page.getByTestId('access').getByText('Shared by sharer-three').waitFor()
    await settled(walt.page, 1)
    await ask(walt.page, 'Walt writes')
    await settled(walt.page, 2)
    // It stays a conversation of its owner.
    await eventually(async () => expect(await walt.page.getByTestId('session-row').count()).toBe(1))
    expect(await walt.page.getByRole('region', { name: 'Shared with you' }).getByTestId('session-row').count()).toBe(1)
  })

  it('suggests the people of the workspace, and says when a name is unknown', async () => {
    const { dialog, page } = await openShareDialog('sharer-four', 'shared-pond')
    await fixture.visitor({ subject: 'quentin@example.com' })
    const field = dialog.getByRole('combobox', { name: 'Share with' })
    await field.fill('quen')
    await dialog.getByRole('option', { name: /quentin@example.com/ }).waitFor()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await eventually(async () => expect(await field.inputValue()).toBe('quentin@example.com'))
    await page.keyboard.press('Enter')
    await dialog.getByTestId('shares').getByText('quentin@example.com').waitFor()
    await eventually(async () => expect(await field.inputValue()).toBe(''))
    await field.fill('no-such-person')
    await dialog.getByText('No user of that name yet. They get access when they first sign in.').waitFor()
    await page.keyboard.press('Escape')
    await eventually(async () => expect(await dialog.count()).toBe(0))
  })
})

it('passes axe (WCAG 2.2 AA) in the dialog, empty and filled, on desktop and phone, dark and light', async () => {
  const { page, dialog, api } = await openShareDialog('axe-sharer', 'axe-shared')
  const check = async (step: string) => {
    for (const viewport of [phone.viewport, { width: 1280, height: 800 }]) {
      await page.setViewportSize(viewport)
      await inBothThemes(page, async (theme) => {
        expect(await violations(page), `${step}, ${theme}`).toEqual([])
        expect(await page.evaluate(() => document.documentElement.scrollWidth), step).toBeLessThanOrEqual(viewport.width)
      })
    }
  }
  await check('empty')
  await dialog.getByLabel('Share with').fill('ada')
  await dialog.getByTestId('share-add').click()
  await dialog.getByTestId('shares').waitFor()
  // The dialog clears the field once the change has ended. Text that is filled in earlier would be lost.
  await eventually(async () => expect(await dialog.getByLabel('Share with').inputValue()).toBe(''))
  const object = 'session:axe-shared'
  await api.call('POST', '/v1/relations', { writes: [{ object, relation: 'viewer', user: `tenant:${fixture.tenant}#member` }] })
  await dialog.getByLabel('Share with').fill('a-person-with-quite-a-long-name@departments.example.com')
  await dialog.getByTestId('share-add').click()
  await eventually(async () => expect(await dialog.getByTestId('shares').getByRole('listitem').count()).toBe(3))
  await check('filled')
})
