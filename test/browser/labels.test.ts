/** The labels of the settings pages in German, whose words are longer than the English ones. */
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { setUpBrowser } from './browser-fixture.ts'
import { fillSettings } from './fill-settings.ts'

const fixture = setUpBrowser()

/** The labels that are not whole: wider than their box, or outside the page. What users named may be shortened. */
const cutLabels = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const labels = 'label, legend, th, dt, button, a, h1, h2, h3, summary, option, input, select, .hint, .tag, .empty, p'
    const cut: string[] = []
    const isWhole = (element: Element, text: string, width: number): boolean => {
      const { font, letterSpacing, paddingInlineStart, paddingInlineEnd } = getComputedStyle(element)
      const context = document.createElement('canvas').getContext('2d')
      if (context === null) return false
      Object.assign(context, { font, letterSpacing })
      return context.measureText(text).width <= width - Number.parseFloat(paddingInlineStart) - Number.parseFloat(paddingInlineEnd) + 1
    }
    for (const element of document.querySelectorAll<HTMLElement>(`body :is(${labels})`)) {
      if (
        !element.checkVisibility({ visibilityProperty: true }) ||
        element.closest('[data-session], .visually-hidden, pre, .data-table') !== null
      )
        continue
      const { left, right, width } = element.getBoundingClientRect()
      if (width <= 1) continue
      if (element instanceof HTMLSelectElement) {
        const text = element.selectedOptions[0]?.text ?? ''
        if (!isWhole(element, text, element.clientWidth)) cut.push(`select: ${text}`)
      } else if (element instanceof HTMLInputElement) {
        if (element.placeholder !== '' && !isWhole(element, element.placeholder, element.clientWidth))
          cut.push(`placeholder: ${element.placeholder}`)
      } else {
        const range = document.createRange()
        range.selectNodeContents(element)
        const text = range.getBoundingClientRect()
        const isOutside = text.left < left - 1 || text.right > right + 1 || right > document.documentElement.clientWidth + 1
        const isClipped = getComputedStyle(element).overflow !== 'visible' && element.scrollWidth > element.clientWidth
        if (isOutside || isClipped) cut.push(`${element.tagName.toLowerCase()}: ${element.textContent?.trim()}`)
      }
    }
    return cut
  })

describe('The settings in German', () => {
  it('show every label whole, on a phone and on a desktop', async () => {
    const { page, api } = await fixture.visitor({ admin: true, locale: 'de-DE', path: '/settings/account' })
    await fillSettings(api)
    await page.getByRole('heading', { level: 1, name: 'Konto' }).waitFor()
    const paths = await page
      .getByRole('navigation', { name: 'Einstellungen' })
      .getByRole('link')
      .evaluateAll((all) => all.map((link) => link.getAttribute('href') ?? '').filter((href) => href.startsWith('/settings')))
    expect(paths.length).toBeGreaterThan(12)
    const found: unknown[] = []
    for (const path of [...paths, '/settings'])
      for (const width of [390, 1280]) {
        await page.setViewportSize({ width, height: 844 })
        await page.goto(path)
        await page.locator('h1:visible').first().waitFor()
        await page.waitForLoadState('networkidle')
        for (const label of await cutLabels(page)) found.push([path, width, label])
      }
    expect(found).toEqual([])
  }, 240_000)

  it('are seen to be cut when they are', async () => {
    const { page } = await fixture.visitor({ admin: true, path: '/settings/audit' })
    await page.getByTestId('filter').waitFor()
    expect(await cutLabels(page)).toEqual([])
    await page.addStyleTag({ content: '.audit-filter > :is(label, button) { width: 40px; overflow: hidden; white-space: nowrap }' })
    const cut = (await cutLabels(page)).map((label) => label.split(':')[0])
    expect(new Set(cut)).toEqual(new Set(['label', 'select', 'placeholder', 'button']))
  })
})
