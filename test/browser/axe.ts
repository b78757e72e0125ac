/** Accessibility violations of a page, found by axe. */
import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'

/** WCAG 2.2, levels A and AA. */
const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']

/** A script without effect: a document keeps the axe of its first examination. */
const nothing = ';'

/** One text per element that violates a rule. Waits for animations first, because half-faded text has too little contrast. */
export async function violations(page: Page): Promise<string[]> {
  await page.evaluate(() =>
    Promise.allSettled(
      document
        .getAnimations()
        .filter((animation) => animation.effect?.getComputedTiming().endTime !== Number.POSITIVE_INFINITY)
        .map((animation) => animation.finished),
    ),
  )
  // `setLegacyMode` examines the page itself. Otherwise Playwright opens another page for each result. There are no frames to join.
  expect(page.frames()).toHaveLength(1)
  const isLoaded = await page.evaluate(() => 'axe' in window)
  const { violations: found } = await new AxeBuilder({ page, ...(isLoaded ? { axeSource: nothing } : {}) })
    .setLegacyMode()
    // Without `resultTypes`, axe also describes each element that passes. That is most of its work.
    .options({ resultTypes: ['violations'] })
    .withTags(tags)
    .analyze()
  return found.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id}: ${node.html.slice(0, 160)} (${node.failureSummary?.split('\n')[1]?.trim()})`),
  )
}

/** Runs `check` in the dark and in the light theme. The page must follow the system's theme. */
export async function inBothThemes(page: Page, check: (theme: 'dark' | 'light') => Promise<void>): Promise<void> {
  for (const colorScheme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme })
    await check(colorScheme)
  }
  await page.emulateMedia({ colorScheme: null })
}

/** The violations in the dark and in the light theme. */
export async function violationsInBothThemes(page: Page): Promise<string[]> {
  const found: string[] = []
  await inBothThemes(page, async (theme) => {
    found.push(...(await violations(page)).map((text) => `${theme}: ${text}`))
  })
  return found
}
