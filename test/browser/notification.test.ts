/** The switch of notifications: only its click asks for the permission. */
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { setUpBrowser } from './browser-fixture.ts'
import { eventually } from './chat.ts'

const fixture = setUpBrowser()

/** Replaces the browser's notifications. `answer`: what the user answers when asked. */
async function recordNotifications(page: Page, answer: NotificationPermission): Promise<void> {
  await page.addInitScript((answer) => {
    const stored = () => (sessionStorage.getItem('permission') as NotificationPermission | null) ?? 'default'
    const record = { asked: 0 }
    const notifications = {
      get permission() {
        return stored()
      },
      requestPermission: async () => {
        record.asked += 1
        sessionStorage.setItem('permission', answer)
        return answer
      },
    }
    Object.assign(window, { Notification: notifications, recordedNotifications: record })
  }, answer)
  await page.reload()
}

/** How often the page has asked for the permission. */
const asked = (page: Page): Promise<number> =>
  page.evaluate(() => (window as unknown as { recordedNotifications: { asked: number } }).recordedNotifications.asked)

describe('A notification', () => {
  it('is off until the user turns it on, which is when the browser asks', async () => {
    const { page } = await fixture.visitor({ path: '/settings/browser' })
    await recordNotifications(page, 'granted')
    await page.getByTestId('notify').waitFor()
    expect(await page.getByTestId('notify').isChecked()).toBe(false)
    expect(await asked(page)).toBe(0)
    await page.getByTestId('notify').click()
    await eventually(async () => expect(await page.getByTestId('notify').isChecked()).toBe(true))
    expect(await asked(page)).toBe(1)
    expect(await page.getByTestId('notify-text').isChecked()).toBe(false)
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
