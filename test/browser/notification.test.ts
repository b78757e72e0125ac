/** A notification of an answer that ends in a hidden tab: only for users who asked for it, and without the answer unless they chose so. */
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { violations } from './axe.ts'
import { setUpBrowser } from './browser-fixture.ts'
import { askAndClaim, eventually, sessionOf, settled } from './chat.ts'

const fixture = setUpBrowser()

interface Shown {
  readonly title: string
  readonly body: string
  readonly data: unknown
}

/** Replaces the browser's notifications by a list. `answer`: what the user answers when asked. */
async function recordNotifications(page: Page, answer: NotificationPermission): Promise<void> {
  await page.addInitScript((answer) => {
    const stored = () => (sessionStorage.getItem('permission') as NotificationPermission | null) ?? 'default'
    const record = { shown: [] as unknown[], asked: 0 }
    class Recorded {
      onclick: (() => void) | null = null
      constructor(title: string, { body = '', data = null }: NotificationOptions = {}) {
        record.shown.push({ title, body, data })
        Object.assign(window, { lastNotification: this })
      }
      static get permission() {
        return stored()
      }
      static async requestPermission() {
        record.asked += 1
        sessionStorage.setItem('permission', answer)
        return answer
      }
    }
    Object.assign(window, { Notification: Recorded, recordedNotifications: record })
  }, answer)
  await page.reload()
}

const recorded = (page: Page): Promise<{ readonly shown: Shown[]; readonly asked: number }> =>
  page.evaluate(() => (window as unknown as { recordedNotifications: { shown: Shown[]; asked: number } }).recordedNotifications)

const setVisibility = (page: Page, state: 'hidden' | 'visible'): Promise<void> =>
  page.evaluate((state) => {
    Object.defineProperties(document, {
      visibilityState: { get: () => state, configurable: true },
      hidden: { get: () => state === 'hidden', configurable: true },
    })
    document.dispatchEvent(new Event('visibilitychange'))
  }, state)

/** Asks, hides the tab, and lets the answer end there. Returns when the title says so. */
async function answerInHiddenTab(page: Page, question: string, word: string): Promise<void> {
  await page.goto('/')
  const answer = await askAndClaim(fixture.model, page, question, word)
  answer.write('The answer is a secret of the user.')
  await page.getByText('The answer is a secret').waitFor()
  await setVisibility(page, 'hidden')
  answer.finish()
  await eventually(async () => expect(await page.title()).toMatch(/^\(1\) /), 30_000)
}

describe('A notification', () => {
  it('is off until the user turns it on, which is when the browser asks', async () => {
    const { page } = await fixture.visitor()
    await recordNotifications(page, 'granted')
    await answerInHiddenTab(page, 'Without a switch', 'Without')
    expect(await recorded(page)).toEqual({ shown: [], asked: 0 })

    await page.goto('/settings/browser')
    await page.getByTestId('notify').waitFor()
    expect((await recorded(page)).asked).toBe(0)
    expect(await violations(page)).toEqual([])
    await page.getByTestId('notify').click()
    await eventually(async () => expect(await page.getByTestId('notify').isChecked()).toBe(true))
    expect((await recorded(page)).asked).toBe(1)

    await answerInHiddenTab(page, 'With the switch', 'With the')
    const session = await sessionOf(page)
    await eventually(async () =>
      expect((await recorded(page)).shown).toEqual([{ title: 'Your answer is ready', body: '', data: { path: `/c/${session}` } }]),
    )
    await setVisibility(page, 'visible')
    await settled(page, 1)
    await page.goto('/settings/browser')
    await page.getByTestId('notify-text').check()
    await answerInHiddenTab(page, 'And with its text', 'its text')
    await eventually(async () => expect((await recorded(page)).shown.at(-1)?.body).toBe('The answer is a secret of the user.'))

    // A click opens the conversation.
    const last = await sessionOf(page)
    await setVisibility(page, 'visible')
    await page.evaluate(() => {
      history.pushState(null, '', '/')
      const { lastNotification } = window as unknown as { lastNotification: { onclick: () => void } }
      lastNotification.onclick()
    })
    expect(new URL(page.url()).pathname).toBe(`/c/${last}`)
  })

  it('stays off when the browser refuses, and the page says why', async () => {
    const { page } = await fixture.visitor({ path: '/settings/browser' })
    await recordNotifications(page, 'denied')
    await page.getByTestId('notify').click()
    await page.getByText('The browser blocks notifications of this site').waitFor()
    expect(await page.getByTestId('notify').isChecked()).toBe(false)
    expect(await page.getByTestId('notify').isDisabled()).toBe(true)
  })
})
