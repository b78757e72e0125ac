/** Accessibility of every page: axe, screen readers and reduced motion. */
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { fakeText, fakeWord } from '../support/words.ts'
import { inBothThemes, violations, violationsInBothThemes } from './axe.ts'
import { setUpBrowser } from './browser-fixture.ts'
import { answers, ask, askAndClaim, button, composer, eventually, oneLine, pause, refuse, settled, turns, waitForText } from './chat.ts'
import { phone } from './chromium.ts'
import { fillSettings } from './fill-settings.ts'

const fixture = setUpBrowser()

const richMarkdown =
  '## Findings\n\nSome **bold** text, `code` and a [link](https://example.com).\n\n- one\n- two\n\n| Name | Value |\n| --- | ---: |\n| one | 1 |\n\n' +
  '> A quotation.\n\n```js\n// a comment\nconst answer = "forty-two" + 42 // and another\n```\n\n1. first\n2. second\n\n---\n\nThe end.\n'

describe('axe', () => {
  it('finds a fault of each kind, also one that appears later or in one theme only', async () => {
    const page = await (await fixture.newContext()).newPage()
    await page.setContent(`<!doctype html><html lang="en"><title>Faults</title>
      <style>p { background: #fff; color: #000 } @media (prefers-color-scheme: dark) { #pale { color: #ddd } }</style>
      <main><p id="pale">Pale in the dark</p><p>In a <a href="/" style="color: #111; text-decoration: none">link</a> of a text</p>
      <img src="data:,"><button></button><input><div role="slider" tabindex="0"></div><ul><p>No item</p></ul></main></html>`)
    const kinds = async (found: Promise<string[]>) => [...new Set((await found).map((text) => text.replace(/^((\w+: )?[\w-]+):.*/s, '$1')))]
    const lasting = [
      ...['aria-input-field-name', 'aria-required-attr', 'button-name', 'image-alt'],
      ...['label', 'link-in-text-block', 'list', 'target-size'],
    ]
    expect((await kinds(violationsInBothThemes(page))).sort()).toEqual(
      ['dark: color-contrast', ...['dark', 'light'].flatMap((theme) => lasting.map((kind) => `${theme}: ${kind}`))].sort(),
    )
    await page.evaluate(() => {
      document.documentElement.removeAttribute('lang')
      document.body.innerHTML = '<main><button style="all: unset">a</button><button style="all: unset">b</button></main>'
    })
    expect((await kinds(violations(page))).sort()).toEqual(['html-has-lang', 'target-size'])
  })
})

describe('axe (WCAG 2.2 AA) finds nothing, dark and light,', () => {
  it('on the sign-in page', async () => {
    const context = await fixture.newContext()
    const page = await context.newPage()
    await page.goto('/')
    await button(page, 'Continue as developer').waitFor()
    expect(await violationsInBothThemes(page)).toEqual([])
  })

  it('on the empty start page, and on a phone with the drawer open', async () => {
    const { page } = await fixture.visitor()
    await page.getByText('No conversations yet').waitFor()
    expect(await violationsInBothThemes(page)).toEqual([])
    await page.setViewportSize(phone.viewport)
    expect(await violationsInBothThemes(page)).toEqual([])
    await button(page, 'Conversations').click()
    await pause(400)
    expect(await violationsInBothThemes(page)).toEqual([])
  })

  it('on a thread that waits, streams, is complete or broke off', async () => {
    const { page } = await fixture.visitor()
    const answer = await askAndClaim(fixture.model, page, 'A rich answer', 'rich')
    await turns(page).getByText('Thinking…').waitFor()
    expect(await violationsInBothThemes(page)).toEqual([])
    answer.write(richMarkdown)
    answer.write('And more is ')
    await waitForText(page, 'And more is')
    // The code is highlighted by now.
    await eventually(async () => expect(await answers(page).locator('pre span').count()).toBeGreaterThan(2))
    expect(await violationsInBothThemes(page)).toEqual([])
    await composer(page).fill('a draft')
    answer.write('to come.')
    answer.finish()
    await settled(page, 1)
    await turns(page).last().hover()
    await pause(300)
    expect(await violationsInBothThemes(page)).toEqual([])

    const broken = await askAndClaim(fixture.model, page, 'A broken answer', 'broken')
    broken.write('Half of an answer')
    await waitForText(page, 'Half of an answer')
    broken.breakOff()
    await page.getByRole('alert').filter({ hasText: 'The answer broke off' }).waitFor()
    expect(await violationsInBothThemes(page)).toEqual([])
    await page.setViewportSize(phone.viewport)
    await pause(300)
    expect(await violationsInBothThemes(page)).toEqual([])
  })

  it('with a dialog, the palette or a menu, with a banner, and with an unsent message', async () => {
    const { page, context } = await fixture.visitor()
    await ask(page, 'A conversation')
    await settled(page, 1)
    const open = {
      palette: () => page.keyboard.press('Control+k'),
      keys: async () => {
        await page.getByRole('heading', { level: 1 }).focus()
        await page.keyboard.press('?')
      },
      share: async () => {
        await button(page, 'Options for this conversation').click()
        await page.getByRole('menuitem', { name: 'Share…' }).click()
      },
    }
    for (const [name, openPart] of Object.entries(open)) {
      await openPart()
      await page.getByRole('dialog').waitFor()
      expect([name, await violationsInBothThemes(page)]).toEqual([name, []])
      await page.keyboard.press('Escape')
      await eventually(async () => expect(await page.getByRole('dialog').count()).toBe(0))
    }
    await button(page, /^person-/).click()
    await page.getByRole('menu').waitFor()
    expect(await violationsInBothThemes(page)).toEqual([])
    await page.keyboard.press('Escape')
    await page.route('**/v1/sessions/message', refuse)
    await ask(page, 'This will not arrive')
    await page.getByRole('alert').filter({ hasText: 'Not sent' }).waitFor()
    await context.setOffline(true)
    await page.getByText(/You are offline/).waitFor()
    expect(await violationsInBothThemes(page)).toEqual([])
    await context.setOffline(false)
    await context.clearCookies()
    await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')))
    await page.getByRole('dialog', { name: 'You were signed out' }).waitFor()
    expect(await violationsInBothThemes(page)).toEqual([])
  })

  it('on the API reference, folded and with its longest operation open, and on a page that does not exist', async () => {
    const { page } = await fixture.visitor({ path: '/docs' })
    await page.getByRole('main', { name: 'API reference' }).waitFor()
    // What is folded is not mounted: all of it has tens of thousands of elements.
    expect(await page.locator('details.fold:not([open]) > :not(summary)').count()).toBe(0)
    expect(await violationsInBothThemes(page)).toEqual([])
    await page.setViewportSize(phone.viewport)
    expect(await violationsInBothThemes(page)).toEqual([])
    await openFolds(page)
    expect(await violationsInBothThemes(page)).toEqual([])
    await page.goto('/nowhere')
    await page.getByRole('heading', { name: 'This page does not exist' }).waitFor()
    expect(await violationsInBothThemes(page)).toEqual([])
  }, 240_000)

  it('33. on every settings page of an administrator, on desktop and at 320 px, where no page scrolls sideways', async () => {
    const { page, api } = await fixture.visitor({ admin: true, path: '/settings/account' })
    await fillSettings(api)
    const links = page.getByRole('navigation', { name: 'Settings' }).getByRole('link')
    await page.getByRole('heading', { level: 1, name: 'Account' }).waitFor()
    const paths = await links.evaluateAll((all) => all.map((link) => link.getAttribute('href') ?? ''))
    expect(paths).toEqual(expect.arrayContaining(['/settings/archived', '/settings/models', '/settings/secrets', '/settings/limits']))
    for (const path of paths.filter((href) => href.startsWith('/settings'))) {
      await page.goto(path)
      await page.locator('h1').last().waitFor()
      await page.waitForLoadState('networkidle')
      for (const viewport of [
        { width: 320, height: 640 },
        { width: 1280, height: 800 },
      ]) {
        await page.setViewportSize(viewport)
        await inBothThemes(page, async (theme) => {
          expect([path, viewport.width, theme, await violations(page)]).toEqual([path, viewport.width, theme, []])
          expect([path, theme, await page.evaluate(() => document.documentElement.scrollWidth)]).toEqual([path, theme, viewport.width])
        })
      }
    }
  }, 240_000)
})

/** Opens the folds of the operation with the most responses, until none is closed. */
async function openFolds(page: Page): Promise<void> {
  const index = await page.getByTestId('operation').evaluateAll((all) => {
    const counts = all.map((operation) => operation.querySelectorAll('details').length)
    return counts.indexOf(Math.max(...counts))
  })
  const closed = page.getByTestId('operation').nth(index).locator('details.fold:not([open])')
  expect(await closed.count()).toBeGreaterThan(2)
  await eventually(async () => {
    await closed.evaluateAll((all) => {
      for (const fold of all) (fold as HTMLDetailsElement).open = true
    })
    expect(await closed.count()).toBe(0)
  })
}

describe('A screen reader', () => {
  it('35. announces the start of an answer, then the whole answer once', async () => {
    const { page } = await fixture.visitor()
    await page.evaluate(() => {
      const announcements: string[] = []
      Object.assign(window, { announcements })
      const live = '[role="status"], [role="alert"], [role="log"], [aria-live="polite"], [aria-live="assertive"]'
      new MutationObserver((changes) => {
        const regions = new Set<Element>()
        for (const { target } of changes) {
          const region = (target instanceof Element ? target : target.parentElement)?.closest(`${live}, [aria-live="off"]`)
          if (region?.matches(live) && region.getAttribute('aria-live') !== 'off') regions.add(region)
        }
        for (const region of regions) if (region.textContent?.trim()) announcements.push(region.textContent.trim())
      }).observe(document.body, { subtree: true, childList: true, characterData: true })
    })
    const announcements = () => page.evaluate(() => (window as unknown as { announcements: string[] }).announcements)
    const answer = await askAndClaim(fixture.model, page, 'An answer to be announced', 'be announced')
    answer.write('# Heading\n\nSome **bold** words. ')
    await eventually(async () => expect(await announcements()).toEqual(['Assistant is answering']))
    const article = turns(page).last()
    expect(await article.getAttribute('aria-live')).toBe('off')
    expect(await article.getAttribute('aria-busy')).toBe('true')
    await answer.stream(
      Array.from({ length: 30 }, (_, index) => fakeWord(index)),
      30,
    )
    await waitForText(page, fakeText(30))
    expect(await announcements()).toEqual(['Assistant is answering'])
    answer.finish()
    await settled(page, 1)
    await eventually(async () => expect(await announcements()).toHaveLength(2))
    const [, announcement = ''] = await announcements()
    expect(oneLine(announcement)).toBe(oneLine(`Heading Some bold words. ${fakeText(30)}`))
    await pause(500)
    expect(await announcements()).toHaveLength(2)
    expect(await article.getAttribute('aria-busy')).toBe('false')
    // Every turn has headings.
    expect(await page.getByRole('heading', { level: 2, name: 'You' }).count()).toBe(1)
    expect(await page.getByRole('heading', { level: 2, name: 'Assistant, 1 of 1' }).count()).toBe(1)
  })

  it('35. announces an error once, as an alert', async () => {
    const { page } = await fixture.visitor()
    const answer = await askAndClaim(fixture.model, page, 'To be announced to fail', 'announced to fail')
    answer.write('Some words')
    await waitForText(page, 'Some words')
    answer.breakOff()
    await page.getByRole('alert').filter({ hasText: 'The answer broke off' }).waitFor()
    await pause(300)
    expect(await page.getByRole('alert').filter({ hasText: /./ }).count()).toBe(1)
    expect(await page.getByRole('status').filter({ hasText: 'broke off' }).count()).toBe(0)
  })
})

describe('Reduced motion', () => {
  const movingElements = (page: Page) =>
    page.evaluate(() =>
      document
        .getAnimations()
        .filter(
          (animation) =>
            animation.playState === 'running' && !(animation.effect as KeyframeEffect | null)?.target?.matches('[role="progressbar"]'),
        )
        .map((animation) => (animation.effect as KeyframeEffect | null)?.target?.className ?? ''),
    )

  it('36. stops every animation', async () => {
    const { page } = await fixture.visitor({ reducedMotion: 'reduce' })
    const answer = await askAndClaim(fixture.model, page, 'Please sit still', 'sit still')
    await turns(page).getByText('Thinking…').waitFor()
    expect(await movingElements(page)).toEqual([])
    answer.write(fakeText(20))
    await waitForText(page, fakeText(20))
    expect(await movingElements(page)).toEqual([])
    await page.keyboard.press('Control+k')
    await page.getByRole('dialog').waitFor()
    expect(await movingElements(page)).toEqual([])
    await page.keyboard.press('Escape')
    answer.finish()
    await settled(page, 1)
    const behaviours = await page.evaluate(
      () => [...document.querySelectorAll('*')].filter((node) => getComputedStyle(node).scrollBehavior === 'smooth').length,
    )
    expect(behaviours).toBe(0)
  })

  it('36. is off by default: the waiting indicator pulses', async () => {
    const { page } = await fixture.visitor({ reducedMotion: 'no-preference' })
    const answer = await askAndClaim(fixture.model, page, 'Please show life', 'show life')
    await turns(page).getByText('Thinking…').waitFor()
    expect((await movingElements(page)).length).toBeGreaterThan(0)
    answer.finish()
    await settled(page, 1)
  })
})
