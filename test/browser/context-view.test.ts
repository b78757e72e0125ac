/** What the model sees: the pieces of the next prompt. */
import { describe, expect, it } from 'vitest'
import { violationsInBothThemes } from './axe.ts'
import { setUpBrowser } from './browser-fixture.ts'
import { oneLine } from './chat.ts'
import { phone } from './chromium.ts'

const fixture = setUpBrowser()

async function openContext(options: Parameters<typeof fixture.visitor>[0], session: string, menu: RegExp) {
  const visitor = await fixture.visitor(options)
  await visitor.api.call('POST', '/v1/sessions/message', { session_id: session, message: 'Rivers begin small' })
  await visitor.page.goto(`/c/${session}`)
  await visitor.page.getByRole('main').getByText('Rivers begin small').first().waitFor()
  await visitor.page.getByRole('main').getByRole('button', { name: menu }).first().click()
  await visitor.page.getByTestId('menu-context').click()
  const dialog = visitor.page.getByTestId('context-dialog')
  await dialog.getByTestId('context-pieces').waitFor()
  return { page: visitor.page, dialog }
}

describe('What the model sees', () => {
  it('is shown by piece, with the room that is left, and says that the window is unknown', async () => {
    const { page, dialog } = await openContext({}, 'context-river', /^Options for/)
    const pieces = (await dialog.getByRole('listitem').allTextContents()).map(oneLine)
    expect(pieces).toContainEqual(expect.stringMatching(/^Tool descriptions.*Always included$/))
    expect(pieces).toContainEqual(expect.stringMatching(/^Latest message.*Always included$/))
    await dialog.getByText('Its window is unknown').waitFor()
    expect(oneLine(await dialog.getByTestId('context-used').textContent())).toMatch(/^\d[\d,]* of 24,000 tokens used$/)
    expect(await violationsInBothThemes(page)).toEqual([])
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
  })

  it('fits a phone, in German', async () => {
    const { page, dialog } = await openContext({ ...phone, locale: 'de-DE' }, 'context-fluss', /^Optionen für/)
    await dialog.getByText('Letzte Nachricht').waitFor()
    await dialog.getByText('Sein Fenster ist unbekannt').waitFor()
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true)
  })
})
