/** Offline, an unreachable server and an expired session: nothing is lost, and the page shows the state. */
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { fakeText } from '../support/words.ts'
import { setUpBrowser } from './browser-fixture.ts'
import {
  ask,
  askAndClaim,
  button,
  composer,
  distanceFromEnd,
  eventually,
  pause,
  scrollTop,
  seed,
  sessionOf,
  settled,
  textsBy,
  thread,
  turns,
  waitForText,
} from './chat.ts'

const fixture = setUpBrowser()

const offline = /You are offline/

/** The scroll position after the wheel scroll has ended. */
async function scrollPosition(page: Page): Promise<number> {
  let before = await scrollTop(page)
  for (;;) {
    await pause(250)
    const now = await scrollTop(page)
    if (now === before) return now
    before = now
  }
}

describe('The network', () => {
  it('29. offline: shows a banner, keeps the scroll position, and sends pending messages in order later', async () => {
    const { page, context, api } = await fixture.visitor()
    const session = await seed(api, 20)
    await page.goto(`/c/${session}`)
    await settled(page, 20)
    await thread(page).hover()
    await page.mouse.wheel(0, -600)
    await eventually(async () => expect(await distanceFromEnd(page)).toBeGreaterThan(300))
    const position = await scrollPosition(page)
    const startedAt = Date.now()
    await context.setOffline(true)
    await page.getByRole('status').filter({ hasText: offline }).waitFor()
    console.log(`29: the banner is there after ${Date.now() - startedAt} ms (budget 1000)`)
    expect(Date.now() - startedAt).toBeLessThan(5_000)
    // The banner does not move the text.
    expect(Math.abs((await scrollTop(page)) - position)).toBeLessThanOrEqual(2)
    await page.mouse.wheel(0, -200)
    await eventually(async () => expect(await scrollTop(page)).toBeLessThan(position - 100))
    const laterPosition = await scrollPosition(page)
    await context.setOffline(false)
    await eventually(async () => expect(await page.getByText(offline).count()).toBe(0))
    await pause(500)
    expect(Math.abs((await scrollTop(page)) - laterPosition)).toBeLessThanOrEqual(2)

    await context.setOffline(true)
    await page.getByText(offline).waitFor()
    for (const text of ['first while offline', 'second while offline', 'third while offline']) await ask(page, text)
    await eventually(async () => expect(await page.getByText('Waiting for the connection…').count()).toBe(3))
    expect(await page.getByTestId('user-message').allTextContents()).toEqual(
      expect.arrayContaining(['first while offline', 'second while offline', 'third while offline']),
    )
    await context.setOffline(false)
    await settled(page, 23)
    expect((await textsBy(api, session, 'user')).slice(-3)).toEqual(['first while offline', 'second while offline', 'third while offline'])
    expect(await page.getByText('Waiting for the connection…').count()).toBe(0)
  })

  it('29. sends a pending message after its tab was closed and the conversation is opened again', async () => {
    const { page, context, api, tab } = await fixture.visitor()
    await ask(page, 'Hello while online')
    await settled(page, 1)
    const session = await sessionOf(page)
    await context.setOffline(true)
    await page.getByText(offline).waitFor()
    await ask(page, 'Hello from the tunnel')
    await page.getByText('Waiting for the connection…').waitFor()
    await page.close()
    await context.setOffline(false)
    const second = await tab(`/c/${session}`)
    await settled(second, 2)
    expect(await textsBy(api, session, 'user')).toEqual(['Hello while online', 'Hello from the tunnel'])
  })

  it('30. backs off from an unreachable server, with one banner that offers "Retry now"', async () => {
    const { page } = await fixture.visitor()
    const answer = await askAndClaim(fixture.model, page, 'An interrupted answer', 'interrupted')
    answer.write(fakeText(10))
    await waitForText(page, fakeText(10))
    fixture.proxy.down()
    const before = fixture.proxy.attempts.length
    const banner = page.getByRole('status').filter({ hasText: 'Connection lost' })
    await banner.waitFor()
    await page.evaluate(() => {
      const notices = new Set<Element>()
      const recordNotices = () => {
        for (const node of document.querySelectorAll('[data-testid="toast"], [role="alert"] > *')) notices.add(node)
      }
      new MutationObserver(recordNotices).observe(document.body, { subtree: true, childList: true })
      Object.assign(window, { notices })
    })
    await pause(8_000)
    expect(await banner.count()).toBe(1)
    expect(await page.evaluate(() => (window as unknown as { notices: Set<Element> }).notices.size)).toBeLessThanOrEqual(1)
    const attempts = fixture.proxy.attempts.slice(before)
    const since = attempts[0] ?? 0
    const earlyAttempts = attempts.filter((at) => at - since < 4_000).length
    console.log(`30: ${attempts.length} connections tried, ${earlyAttempts} of them in the first four seconds`)
    expect(attempts.length).toBeGreaterThan(1)
    // The pauses double. Chromium itself retries a connection that was reset.
    expect(attempts.length - earlyAttempts).toBeLessThanOrEqual(earlyAttempts)
    expect(attempts.length).toBeLessThan(40)
    answer.write('and on it goes.')
    fixture.proxy.up()
    // By now the next automatic attempt may be many seconds away.
    const startedAt = Date.now()
    await banner.getByRole('button', { name: 'Retry now' }).click()
    await waitForText(page, 'and on it goes.')
    console.log(`30: the words are there ${Date.now() - startedAt} ms after "Retry now"`)
    await eventually(async () => expect(await banner.count()).toBe(0))
    answer.finish()
    await settled(page, 1)
  })

  it('31. keeps the draft, the scroll position and pending messages over an expired session', async () => {
    const { page, context, api } = await fixture.visitor()
    const session = await seed(api, 12)
    await page.goto(`/c/${session}`)
    await settled(page, 12)
    await context.clearCookies()
    await ask(page, 'Sent after the end of the sign-in')
    const dialog = page.getByRole('dialog', { name: 'You were signed out' })
    await dialog.waitFor()
    expect(page.url()).toContain(session)
    expect(await dialog.getByRole('button', { name: 'Close' }).count()).toBe(0)
    await page.keyboard.press('Escape')
    expect(await dialog.count()).toBe(1)
    await dialog.getByRole('button', { name: 'Continue as developer' }).click()
    await eventually(async () => expect(await dialog.count()).toBe(0))
    await settled(page, 13)
    expect((await textsBy(api, session, 'user')).at(-1)).toBe('Sent after the end of the sign-in')

    await composer(page).pressSequentially('a draft that matters')
    await thread(page).hover()
    await page.mouse.wheel(0, -500)
    await eventually(async () => expect(await distanceFromEnd(page)).toBeGreaterThan(200))
    await pause(300)
    const position = await scrollTop(page)
    await context.clearCookies()
    await button(page, 'Search').focus()
    // Returning to the tab reloads the list of conversations.
    await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')))
    await dialog.waitFor()
    await dialog.getByRole('button', { name: 'Continue as developer' }).click()
    await eventually(async () => expect(await dialog.count()).toBe(0))
    expect(await composer(page).inputValue()).toBe('a draft that matters')
    expect(page.url()).toContain(session)
    expect(Math.abs((await scrollTop(page)) - position)).toBeLessThanOrEqual(2)
    await ask(page, 'Still here')
    await settled(page, 14)
    expect(await turns(page).last().textContent()).toContain('Still here')
  })

  it('keeps the page when one of its parts fails to load, and loads the part later', async () => {
    const { page, api } = await fixture.visitor()
    await page.goto(`/c/${await seed(api, 1)}`)
    await settled(page, 1)
    const failing = new Set(['MessageEditor', 'TurnMenu', 'AccountMenu'])
    await page.route(/\/assets\/\w+-[\w-]+\.js$/, (route) => {
      const [, part = ''] = /\/assets\/(\w+)-/.exec(route.request().url()) ?? []
      return failing.has(part) ? route.abort() : route.continue()
    })
    await page.reload()
    await settled(page, 1)
    // An overlay says so, and opens at a later try.
    const menu = page.getByTestId('account')
    await menu.click()
    await page
      .getByTestId('toast')
      .getByText(/could not be loaded/)
      .waitFor()
    // A part of the page waits for its code, and the page stays.
    await turns(page).first().hover()
    await button(page, 'Edit message').click()
    await ask(page, 'Still here')
    await settled(page, 2)
    failing.clear()
    await page.getByRole('textbox', { name: 'Edit your message' }).waitFor()
    await eventually(async () => {
      await menu.click()
      await page.getByRole('menu').waitFor({ timeout: 1_000 })
    })
  })
})
