/** Narrow screens and themes. */
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { setUpBrowser } from './browser-fixture.ts'
import { answers, button, composer, eventually, pause, seed, settled } from './chat.ts'
import { phone } from './chromium.ts'

const fixture = setUpBrowser()

describe('A narrow screen', () => {
  it('26. keeps the composer and the last message visible above the on-screen keyboard', async () => {
    const { page, api } = await fixture.visitor(phone)
    const session = await seed(api, 12)
    await page.goto(`/c/${session}`)
    await settled(page, 12)
    await composer(page).tap()
    await page.setViewportSize({ width: 390, height: 430 })
    const isInViewport = async (locator: ReturnType<typeof composer>) => {
      const box = await locator.boundingBox()
      return box !== null && box.y >= 0 && box.y + box.height <= 430 && box.x >= 0 && box.x + box.width <= 390
    }
    await eventually(async () => expect(await isInViewport(composer(page))).toBe(true))
    await eventually(async () => expect(await isInViewport(answers(page).last().locator('p').last())).toBe(true))
    const sizes = await page.evaluate(() => {
      scrollTo(0, 500)
      const { scrollHeight, scrollWidth } = document.documentElement
      return { scrollHeight, scrollWidth, scrolled: scrollY, height: innerHeight, width: innerWidth }
    })
    expect(sizes).toMatchObject({ scrolled: 0, scrollHeight: sizes.height, scrollWidth: sizes.width })
    const font = await composer(page).evaluate((field) => Number.parseFloat(getComputedStyle(field).fontSize))
    // Below 16 px, iOS zooms into the field.
    expect(font).toBeGreaterThanOrEqual(16)
    const viewport = (await page.locator('meta[name="viewport"]').getAttribute('content')) ?? ''
    expect(viewport).toContain('interactive-widget=resizes-content')
    expect(viewport).toContain('viewport-fit=cover')
    expect(viewport).not.toMatch(/user-scalable=no|maximum-scale/)
    for (const control of await page.getByRole('main').getByRole('button').all()) {
      if (!(await control.isVisible())) continue
      const box = await control.boundingBox()
      if (box && box.y + box.height > 0 && box.y < 430)
        expect([await control.getAttribute('aria-label'), Math.round(Math.min(box.width, box.height))]).toEqual([
          await control.getAttribute('aria-label'),
          expect.toSatisfy((px: number) => px >= 44, '44 px for a finger'),
        ])
    }
  })

  it('33. scrolls wide content in its own box at 320 px, never the page', async () => {
    const { page } = await fixture.visitor({ ...phone, viewport: { width: 320, height: 640 } })
    const claim = fixture.model.claim('wide')
    await composer(page).fill(`Something wide ${'Donaudampfschifffahrt'.repeat(12)}`)
    await button(page, 'Send message').tap()
    const answer = await claim
    const columns = Array.from({ length: 9 }, (_, index) => `a wide column ${index}`)
    answer.write(
      [
        `A very long word: ${'x'.repeat(300)} and a long address https://example.com/${'path/'.repeat(40)}.`,
        `\`${'inline'.repeat(40)}\``,
        `| ${columns.join(' | ')} |\n|${' --- |'.repeat(9)}\n| ${columns.join(' | ')} |`,
        `\`\`\`js\nconst long = '${'y'.repeat(300)}'\n\`\`\``,
        `![a picture](https://example.com/${'p'.repeat(200)}.png)`,
        `1. ${'- nested '.repeat(3)}\n   - deeper\n     - ${'z'.repeat(200)}`,
      ].join('\n\n'),
    )
    answer.finish()
    await settled(page, 1)
    await pause(300)
    const widths = await page.evaluate(() => {
      const box = document.querySelector('[data-testid="thread"]')
      return { page: document.documentElement.scrollWidth, thread: (box?.scrollWidth ?? 0) - (box?.clientWidth ?? 0) }
    })
    expect(widths).toEqual({ page: 320, thread: 0 })
    for (const scrollBox of [page.getByRole('region', { name: 'Table' }), answers(page).locator('pre')]) {
      const { scroll, client, overflow } = await scrollBox.evaluate((box) => ({
        scroll: box.scrollWidth,
        client: box.clientWidth,
        overflow: getComputedStyle(box).overflowX,
      }))
      expect(scroll).toBeGreaterThan(client)
      expect(overflow).toMatch(/auto|scroll/)
    }
  })
})

describe('The theme', () => {
  const light = 'rgb(252, 252, 251)'
  const dark = 'rgb(17, 17, 19)'
  const background = (page: Page) => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor)
  const scheme = (page: Page) => page.evaluate(() => getComputedStyle(document.documentElement).colorScheme)

  it('38. follows the system or the user’s choice, is stored, and never flashes', async () => {
    const { page, context, tab } = await fixture.visitor({ colorScheme: 'light' })
    await composer(page).waitFor()
    expect(await background(page)).toBe(light)
    await page.emulateMedia({ colorScheme: 'dark' })
    await eventually(async () => expect(await background(page)).toBe(dark))
    expect(await scheme(page)).toMatch(/dark/)
    await page.emulateMedia({ colorScheme: 'light' })
    const other = await tab()
    await composer(other).waitFor()

    await page.getByRole('button', { name: /^person-/ }).click()
    await page.getByRole('menuitemradio', { name: 'Dark' }).click()
    await eventually(async () => expect(await background(page)).toBe(dark))
    expect(await scheme(page)).toBe('dark')
    // The other tab changes its theme too.
    await eventually(async () => expect(await background(other)).toBe(dark))

    const newTab = await context.newPage()
    await newTab.addInitScript(() => {
      const frames: string[] = []
      Object.assign(window, { frames })
      const recordFrame = () => {
        const { colorScheme, backgroundColor } = getComputedStyle(document.documentElement)
        frames.push(colorScheme, backgroundColor)
        requestAnimationFrame(recordFrame)
      }
      requestAnimationFrame(recordFrame)
    })
    await newTab.goto('/')
    await composer(newTab).waitFor()
    const frames = await newTab.evaluate(() => (window as unknown as { frames: string[] }).frames)
    expect(frames.length).toBeGreaterThan(2)
    expect([...new Set(frames)].sort()).toEqual(['dark', dark].sort())
  })
})
