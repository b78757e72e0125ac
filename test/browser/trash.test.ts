/** Deleting a conversation with a way back, in every tab and for the people it is shared with. */
import { describe, expect, it } from 'vitest'
import { violations } from './axe.ts'
import { setUpBrowser } from './browser-fixture.ts'
import { ask, button, eventually, sessionOf, settled } from './chat.ts'

const fixture = setUpBrowser()

describe('Deleting a conversation', () => {
  it('takes it out of every tab at once, and the toast brings it back', async () => {
    const { page, context } = await fixture.visitor({ subject: 'deleter' })
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
    await reader.page.goto('/c/trash-shared')
    await settled(reader.page, 1)
    await owner.api.call('POST', '/v1/sessions/trash-shared/trash')
    await reader.page.getByRole('heading', { name: 'This conversation was deleted' }).waitFor()
    await reader.page.getByText('Its owner can restore it for 30 days.').waitFor()
    expect(await reader.page.getByTestId('restore').count()).toBe(0)
  })
})
