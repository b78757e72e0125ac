/** The frame around every page: keys, the list of conversations, toasts and dialogs. */
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { violations } from './axe.ts'
import { setUpBrowser } from './browser-fixture.ts'
import { ask, button, composer, eventually, hasFocus, refuse, seed, settled, thread, turns } from './chat.ts'
import { phone } from './chromium.ts'

const fixture = setUpBrowser()

const palette = (page: Page) => page.getByRole('dialog', { name: 'Search and commands' })

describe('The palette', () => {
  it('37. opens on every page, and finds conversations and pages there', async () => {
    const { page, api } = await fixture.visitor({ admin: true, subject: 'searcher' })
    await seed(api, 1, () => 'Notes about lighthouses')
    for (const path of ['/settings/account', '/docs', '/settings/audit', '/nowhere']) {
      await page.goto(path)
      await page.getByRole('heading', { level: 1 }).waitFor()
      await eventually(async () => {
        await page.keyboard.press('Control+k')
        expect(await palette(page).count(), path).toBe(1)
      })
      await page.getByTestId('palette-input').fill('lighthouses')
      await palette(page).getByRole('option', { name: 'Notes about lighthouses' }).waitFor()
      await page.getByTestId('palette-input').fill('secrets')
      await palette(page).getByRole('option', { name: 'Secrets' }).waitFor()
      await page.keyboard.press('Escape')
      await eventually(async () => expect(await palette(page).count()).toBe(0))
    }
    await page.goto('/settings/account')
    await page.getByRole('heading', { level: 1 }).waitFor()
    await page.keyboard.press('Control+k')
    await page.getByTestId('palette-input').fill('write a message')
    await page.keyboard.press('Enter')
    await eventually(async () => expect(await hasFocus(composer(page))).toBe(true))
  })
})

describe('The list of conversations', () => {
  it('is hidden and shown by key and by button, and stays so over a reload', async () => {
    const { page } = await fixture.visitor()
    const list = page.getByTestId('sidebar')
    await composer(page).waitFor()
    await page.keyboard.press('Control+b')
    await eventually(async () => expect(await list.isVisible()).toBe(false))
    await page.reload()
    await composer(page).waitFor()
    expect(await list.isVisible()).toBe(false)
    expect(await violations(page)).toEqual([])
    await button(page, 'Show the list of conversations').click()
    await eventually(async () => expect(await list.isVisible()).toBe(true))
    await eventually(async () => expect(await hasFocus(button(page, 'Hide the list of conversations'))).toBe(true))
    await page.keyboard.press('Enter')
    await eventually(async () => expect(await hasFocus(button(page, 'Show the list of conversations'))).toBe(true))
  })

  it('renames a conversation on a double click', async () => {
    const { page } = await fixture.visitor()
    await ask(page, 'Click me twice')
    await settled(page, 1)
    await page.getByTestId('session-row').getByRole('link', { name: 'Click me twice' }).dblclick()
    await page.getByRole('textbox', { name: 'Title of the conversation' }).fill('Clicked')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Clicked', level: 1 }).waitFor()
  })

  it('closes again on a phone after the title that it was opened for', async () => {
    const { page } = await fixture.visitor(phone)
    // Enter breaks the line on a touch screen.
    await composer(page).fill('Rename me')
    await page.getByTestId('send').tap()
    await settled(page, 1)
    const options = button(page, 'Options for this conversation')
    await options.tap()
    await page.getByRole('menuitem', { name: 'Rename' }).tap()
    await page.getByRole('textbox', { name: 'Title of the conversation' }).fill('Renamed')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Renamed', level: 1 }).waitFor()
    await eventually(async () => expect(await button(page, 'Close the list of conversations').count()).toBe(0))
    await eventually(async () => expect(await hasFocus(options)).toBe(true))
    // A drawer that the user opened stays.
    await page.getByTestId('open-drawer').tap()
    await page.getByTestId('session-menu').tap()
    await page.getByRole('menuitem', { name: 'Rename' }).tap()
    await page.getByRole('textbox', { name: 'Title of the conversation' }).fill('Again')
    await page.keyboard.press('Enter')
    await page.getByTestId('session-row').getByRole('link', { name: 'Again' }).waitFor()
    expect(await button(page, 'Close the list of conversations').count()).toBeGreaterThan(0)
  })
})

describe('A conversation of the list', () => {
  it('is pinned, archived, and brought back by Undo or from the settings', async () => {
    const { page, api } = await fixture.visitor()
    for (const text of ['Keep me on top', 'Put me away', 'A third one']) await seed(api, 1, () => text)
    await page.reload()
    const row = (title: string) => page.getByTestId('session-row').filter({ hasText: title })
    const choose = async (title: string, item: string) => {
      await row(title).hover()
      await row(title).getByTestId('session-menu').click()
      await page.getByRole('menuitem', { name: item, exact: true }).click()
    }
    await choose('Keep me on top', 'Pin')
    const pinned = page.getByRole('region', { name: 'Pinned' })
    await pinned.getByRole('link', { name: 'Keep me on top' }).waitFor()
    await page.reload()
    await pinned.getByRole('link', { name: 'Keep me on top' }).waitFor()
    await eventually(async () => expect(await page.getByTestId('session-row').count()).toBe(3))
    await choose('Keep me on top', 'Unpin')
    await eventually(async () => expect(await pinned.count()).toBe(0))
    await choose('Put me away', 'Archive')
    await eventually(async () => expect(await row('Put me away').count()).toBe(0))
    await page.getByRole('button', { name: 'Undo' }).click()
    await row('Put me away').waitFor()
    await choose('Put me away', 'Archive')
    await eventually(async () => expect(await row('Put me away').count()).toBe(0))
    await page.goto('/settings/archived')
    await page.getByRole('button', { name: 'Restore “Put me away”' }).click()
    await page.getByText('No archived conversations').waitFor()
    expect(await violations(page)).toEqual([])
    await page.getByRole('link', { name: 'Conversations', exact: true }).click()
    await row('Put me away').waitFor()
  })
})

describe('The settings on a phone', () => {
  it('are a list first, then a page with a way back', async () => {
    const { page } = await fixture.visitor({ ...phone, admin: true, subject: 'phone-admin', path: '/settings' })
    const link = page.getByRole('link', { name: 'Limits and budgets' })
    await link.waitFor()
    await page.getByRole('heading', { name: 'Settings', level: 1 }).waitFor()
    expect(await violations(page)).toEqual([])
    await link.tap()
    await page.getByRole('heading', { name: 'Limits and budgets', level: 1 }).waitFor()
    expect(await link.isVisible()).toBe(false)
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(phone.viewport.width)
    await page.getByRole('link', { name: 'All settings' }).tap()
    await link.waitFor()
  })
})

describe('A tooltip', () => {
  it('shows on keyboard focus and closes on Escape, and the element keeps its title', async () => {
    const { page } = await fixture.visitor()
    const hideButton = button(page, 'Hide the list of conversations')
    await hideButton.waitFor()
    const tooltip = page.getByRole('tooltip')
    // Tooltips load after the page.
    await eventually(async () => {
      await composer(page).focus()
      await hideButton.focus()
      await page.keyboard.press('Tab')
      await page.keyboard.press('Shift+Tab')
      expect(await tooltip.count()).toBe(1)
    })
    expect(await tooltip.textContent()).toMatch(/^Hide/)
    await page.keyboard.press('Escape')
    await eventually(async () => expect(await tooltip.count()).toBe(0))
    expect(await hideButton.getAttribute('title')).toMatch(/^Hide/)
  })
})

describe('The keyboard', () => {
  it('visits the controls of one turn, not of every turn, between the thread and the composer', async () => {
    const { page, api } = await fixture.visitor()
    await page.goto(`/c/${await seed(api, 6)}`)
    await settled(page, 6)
    await composer(page).focus()
    const visited = new Set<string>()
    for (let tabs = 0; tabs < 20; tabs += 1) {
      await page.keyboard.press('Shift+Tab')
      const turn = await page.evaluate(() => document.activeElement?.closest('article')?.getAttribute('aria-label') ?? '')
      if (turn !== '') visited.add(turn)
      if (await hasFocus(thread(page))) break
    }
    expect([...visited]).toEqual(['Turn 6 of 6'])
    expect(await hasFocus(thread(page))).toBe(true)
    await composer(page).focus()
    for (let presses = 0; presses < 3; presses += 1) await page.keyboard.press('Alt+ArrowUp')
    await eventually(async () => expect(await hasFocus(turns(page).nth(3))).toBe(true))
    await page.keyboard.press('Tab')
    expect(
      await turns(page)
        .nth(3)
        .evaluate((turn) => turn.contains(document.activeElement)),
    ).toBe(true)
  })

  it('shows the start of a long turn', async () => {
    const { page } = await fixture.visitor()
    const claim = fixture.model.claim('A long one')
    await ask(page, 'A long one')
    const answer = await claim
    answer.write(Array.from({ length: 80 }, (_, index) => `Line ${index}.\n\n`).join(''))
    answer.finish()
    await settled(page, 1)
    await page.keyboard.press('Alt+ArrowUp')
    await eventually(async () => {
      const box = await turns(page).first().boundingBox()
      const frame = await thread(page).boundingBox()
      expect(Math.abs((box?.y ?? 0) - (frame?.y ?? 0))).toBeLessThan(60)
    })
  })
})

describe('An error', () => {
  it('stays until it is dismissed, says what failed and why, and covers neither the title nor the composer', async () => {
    const { page } = await fixture.visitor()
    await ask(page, 'Answer me')
    await settled(page, 1)
    await page.route('**/regenerate', refuse)
    await turns(page).first().hover()
    await button(page, 'Answer again').click()
    const toast = page.getByRole('alert').filter({ hasText: 'Could not answer again' })
    await toast.getByText('The policy does not allow it.').waitFor()
    const box = await page.getByTestId('toast').boundingBox()
    const title = await page.getByTestId('chat-title').boundingBox()
    const field = await page.getByTestId('composer').boundingBox()
    expect(box?.y ?? 0).toBeGreaterThan((title?.y ?? 0) + (title?.height ?? 0))
    expect((box?.y ?? 0) + (box?.height ?? 0)).toBeLessThanOrEqual(field?.y ?? 0)
    await toast.getByRole('button', { name: 'Dismiss' }).click()
    await eventually(async () => expect(await page.getByTestId('toast').count()).toBe(0))
  })

  it('deletes with a way back, and says so where the conversation was', async () => {
    const { page } = await fixture.visitor({ keepsToasts: true })
    await ask(page, 'Do not delete me')
    await settled(page, 1)
    await button(page, 'Options for this conversation').click()
    await page.getByTestId('menu-delete').click()
    await page.getByTestId('empty-state').waitFor()
    await page.getByTestId('toast').getByText('Conversation deleted').waitFor()
    await page.goBack()
    await page.getByRole('heading', { name: 'This conversation was deleted' }).waitFor()
    await page.getByTestId('restore').click()
    await settled(page, 1)
  })
})
