/** Deleting a conversation with a way back, in every tab and for the people it is shared with. */
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { violations } from './axe.ts'
import { setUpBrowser } from './browser-fixture.ts'
import { ask, button, eventually, sessionOf, settled, turns } from './chat.ts'

const fixture = setUpBrowser()

/** Opens the session of one turn, and waits until its stream is open. */
async function openStream(page: Page, session: string): Promise<void> {
  const opened = page.waitForResponse((response) => response.request().headers().accept === 'text/event-stream')
  await page.goto(`/c/${session}`)
  await opened
  await settled(page, 1)
}

describe('Deleting a conversation', () => {
  it('takes it out of every tab at once, and the toast brings it back', async () => {
    const { page, context } = await fixture.visitor({ subject: 'deleter', keepsToasts: true })
    await ask(page, 'Tell me of glaciers')
    await settled(page, 1)
    const session = await sessionOf(page)
    const other = await context.newPage()
    await other.goto(`/c/${session}`)
    await settled(other, 1)
    const rows = (tab: typeof page) => tab.getByTestId('session-row').filter({ hasText: 'glaciers' })
    await rows(page).first().waitFor()
    await button(page, 'Options for this conversation').click()
    await page.getByTestId('menu-delete').click()
    await page.getByTestId('empty-state').waitFor()
    await eventually(async () => expect([await rows(page).count(), await rows(other).count()]).toEqual([0, 0]))
    await other.getByRole('heading', { name: 'This conversation was deleted' }).waitFor()
    expect(await other.getByRole('article').count()).toBe(0)
    await page.getByTestId('toast-action').click()
    await settled(page, 1)
    await settled(other, 1)
    await eventually(async () => expect([await rows(page).count(), await rows(other).count()]).toEqual([1, 1]))
  })

  it('keeps it under “Recently deleted”, to restore or to delete permanently', async () => {
    const { page, api } = await fixture.visitor({ subject: 'deleter-two' })
    for (const session of ['trash-a', 'trash-b']) {
      await api.call('POST', '/v1/sessions/message', { session_id: session, message: `About ${session}` })
      await api.call('POST', `/v1/sessions/${session}/trash`)
    }
    await page.goto('/settings/deleted')
    const rows = page.getByTestId('deleted').getByRole('listitem')
    await eventually(async () => expect(await rows.count()).toBe(2))
    await rows.first().getByText('30 days left').waitFor()
    expect(await violations(page)).toEqual([])
    await button(page, 'Restore “About trash-a”').click()
    await eventually(async () => expect(await rows.count()).toBe(1))
    expect((await api.call('GET', '/v1/sessions/trash-a')).status).toBe(200)
    await button(page, 'Delete “About trash-b” permanently').click()
    await page.getByTestId('confirm-delete').click()
    await page.getByText('No deleted conversations').waitFor()
    expect((await api.call('POST', '/v1/sessions/trash-b/untrash')).status).toBe(410)
  })

  it('closes it for the people it is shared with', async () => {
    const [owner, reader] = [await fixture.visitor({ subject: 'deleter-three' }), await fixture.visitor({ subject: 'trash-reader' })]
    await owner.api.call('POST', '/v1/sessions/message', { session_id: 'trash-shared', message: 'About tides' })
    const share = { object: 'session:trash-shared', relation: 'viewer', user: 'user:trash-reader' }
    await owner.api.call('POST', '/v1/relations', { writes: [share] })
    await openStream(reader.page, 'trash-shared')
    await owner.api.call('POST', '/v1/sessions/trash-shared/trash')
    await reader.page.getByRole('heading', { name: 'This conversation was deleted' }).waitFor()
    await reader.page.getByText('Its owner can restore it for 30 days.').waitFor()
    expect(await reader.page.getByTestId('restore').count()).toBe(0)
  })

  it('shows people who were offline that it is closed, and no stale turns', async () => {
    const [owner, reader] = [await fixture.visitor({ subject: 'deleter-four' }), await fixture.visitor({ subject: 'trash-away' })]
    const [own, remote] = [owner.page, reader.page]
    await owner.api.call('POST', '/v1/sessions/message', { session_id: 'trash-away', message: 'About capes' })
    const share = { object: 'session:trash-away', relation: 'viewer', user: 'user:trash-away' }
    await owner.api.call('POST', '/v1/relations', { writes: [share] })
    for (const page of [own, remote]) await openStream(page, 'trash-away')
    await remote.getByTestId('read-only').waitFor()
    for (const { context } of [owner, reader]) await context.setOffline(true)
    await owner.api.call('POST', '/v1/sessions/trash-away/trash')
    for (const { context } of [owner, reader]) await context.setOffline(false)
    await remote.getByRole('heading', { name: /^This conversation (is no longer available|was deleted)$/ }).waitFor()
    await own.getByRole('heading', { name: 'This conversation was deleted' }).waitFor()
    for (const page of [own, remote]) expect(await turns(page).count()).toBe(0)
    for (const part of ['restore', 'read-only']) expect(await remote.getByTestId(part).count(), part).toBe(0)
    await own.getByTestId('restore').click()
    await settled(own, 1)
  })
})
