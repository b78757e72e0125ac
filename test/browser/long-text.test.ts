/** A long text that is pasted or dropped: the page stays responsive, and nothing is lost. */
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { violations } from './axe.ts'
import { setUpBrowser } from './browser-fixture.ts'
import { button, composer, eventually, sessionOf, settled, textsBy } from './chat.ts'
import { phone } from './chromium.ts'

const fixture = setUpBrowser()

/** Pastes by keyboard, from the clipboard. */
async function paste(page: Page, text: string): Promise<void> {
  await page.evaluate((text) => navigator.clipboard.writeText(text), text)
  await composer(page).focus()
  await page.keyboard.press('Control+v')
}

const permissions = ['clipboard-read', 'clipboard-write']
const card = (page: Page) => page.getByRole('region', { name: 'Pasted text' })

describe('A pasted text', () => {
  it('25. of 10 kB or less goes into the field, and is laid out in its own direction', async () => {
    const { page } = await fixture.visitor({ permissions })
    await paste(page, 'a'.repeat(10_000))
    await eventually(async () => expect((await composer(page).inputValue()).length).toBe(10_000))
    expect(await card(page).count()).toBe(0)
    for (const [text, direction] of [
      ['שלום עולם', 'rtl'],
      ['Hello', 'ltr'],
    ] as const) {
      await composer(page).fill(text)
      expect(await composer(page).evaluate((field) => getComputedStyle(field).direction)).toBe(direction)
    }
  })

  it('14. and 25. above 10 kB stays beside the field, is kept over a reload, and is sent with the message', async () => {
    const { page, api } = await fixture.visitor({ permissions, ...phone })
    const text = 'All the words of a report. '.repeat(800).trim()
    await composer(page).fill('Sum this up')
    await paste(page, text)
    await card(page).getByText('It is sent with your message.').waitFor()
    expect(await composer(page).inputValue()).toBe('Sum this up')
    expect(await violations(page)).toEqual([])
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(phone.viewport.width)
    await eventually(async () => expect(await page.evaluate(() => localStorage.getItem('soma.draft.new'))).toContain('Sum this up'))
    await page.reload()
    await card(page).waitFor()
    await button(page, 'Send message').click()
    await settled(page, 1)
    expect(await textsBy(api, await sessionOf(page), 'user')).toEqual([`Sum this up\n\n${text}`])
    expect(await card(page).count()).toBe(0)
  })

  it('25. above the limit of a message is sent as several messages, and fits into the field only up to the limit', async () => {
    const { page, api } = await fixture.visitor({ permissions })
    const text = 'line\n'.repeat(8_000)
    await paste(page, text)
    await card(page).getByText('It is sent as 2 messages.').waitFor()
    expect(await card(page).getByRole('button', { name: 'Insert as text' }).count()).toBe(0)
    await button(page, 'Send message').click()
    await settled(page, 2)
    expect((await textsBy(api, await sessionOf(page), 'user')).join('')).toBe(text)
    await paste(page, 'x'.repeat(10_001))
    await card(page).getByRole('button', { name: 'Insert as text' }).click()
    expect((await composer(page).inputValue()).length).toBe(10_001)
    expect(await card(page).count()).toBe(0)
  })

  it('25. of a megabyte does not reach the field, which would be laid out for seconds', async () => {
    const { page } = await fixture.visitor({ permissions })
    await page.evaluate(() => {
      const tasks: number[] = []
      Object.assign(window, { tasks })
      new PerformanceObserver((list) => tasks.push(...list.getEntries().map(({ duration }) => duration))).observe({ type: 'longtask' })
    })
    await paste(page, 'word '.repeat(200_000))
    await card(page).getByRole('alert').waitFor()
    expect(await composer(page).inputValue()).toBe('')
    expect(await button(page, 'Send message').isDisabled()).toBe(true)
    const tasks = await page.evaluate(() => (window as unknown as { tasks: number[] }).tasks)
    console.log(`25: long tasks of a 1 MB paste: ${tasks.map(Math.round).join(', ') || 'none'} ms (budget 200)`)
    await card(page).getByRole('button', { name: 'Remove the pasted text' }).click()
    await eventually(async () => expect(await card(page).count()).toBe(0))
  })

  it('25. that is dropped is treated as a pasted one', async () => {
    const { page } = await fixture.visitor()
    const accepted = await composer(page).evaluate((field) =>
      field.dispatchEvent(
        new InputEvent('beforeinput', { inputType: 'insertFromDrop', data: 'x'.repeat(20_000), cancelable: true, bubbles: true }),
      ),
    )
    expect(accepted).toBe(false)
    await card(page).getByText('20,000 characters').waitFor()
  })
})
