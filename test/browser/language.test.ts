/** The language of the page: the choice, what follows it, and what survives it. */
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { de, en, filled } from '../support/app-strings.ts'
import { violations } from './axe.ts'
import { setUpBrowser } from './browser-fixture.ts'
import { eventually, pause } from './chat.ts'
import { phone } from './chromium.ts'

const fixture = setUpBrowser()

const composer = (page: Page) => page.getByTestId('composer-input')
const language = (page: Page) => page.evaluate(() => document.documentElement.lang)

async function openAccountMenu(page: Page): Promise<void> {
  await page.getByTestId('account').click()
  await page.getByTestId('account-menu').waitFor()
}

async function choose(page: Page, code: 'en' | 'de'): Promise<void> {
  await openAccountMenu(page)
  await page.getByTestId(`language-${code}`).click()
  await eventually(async () => expect(await language(page)).toBe(code))
}

/** Where an argument or an element stands. */
const marks = /«\w+»|NaN|\{\w+\}/g

/** Every English text as a pattern, unless German has the same. An argument matches anything. */
const englishTexts = [...en]
  .map(([name, value]) => [filled(value).text, filled(de.get(name) ?? '').text] as const)
  .filter(([text, translated]) => text !== translated && /[a-z]{2}/.test(text.replaceAll(marks, '')))
  .map(([text]) => new RegExp(`^${text.split(marks).map(RegExp.escape).join('.+')}$`))

/** The texts and labels on the page, without what users and the model wrote. */
const shownTexts = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const written =
      '[data-testid="answer-text"], [data-testid="user-message"], [data-testid="chat-title"], a[data-session], [lang="en"], textarea'
    const texts: string[] = []
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT)
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      if (node instanceof Element)
        texts.push(
          ...['aria-label', 'title', 'placeholder', 'alt'].flatMap((name) =>
            node.matches('a[data-session]') ? [] : (node.getAttribute(name) ?? []),
          ),
        )
      else if (node.parentElement?.closest(written) === null) texts.push(node.textContent ?? '')
    }
    return texts.map((text) => text.replace(/[\s\u00a0]+/g, ' ').trim()).filter((text) => text !== '')
  })

/** Texts in English on a page in German. */
const untranslated = async (page: Page): Promise<string[]> =>
  (await shownTexts(page)).filter((text) => englishTexts.some((pattern) => pattern.test(text)))

describe('The language', () => {
  it('is chosen in the account menu, at once and for good, without losing the draft', async () => {
    const { page } = await fixture.visitor()
    expect(await language(page)).toBe('en')
    // The check of this file sees English.
    await eventually(async () => expect((await untranslated(page)).length).toBeGreaterThan(5))
    await composer(page).fill('Ein Entwurf')
    await composer(page).evaluate((field) => field.setAttribute('data-kept', ''))
    await choose(page, 'de')
    expect(await composer(page).inputValue()).toBe('Ein Entwurf')
    expect(await composer(page).getAttribute('data-kept'), 'the field is the same element').toBe('')
    await page.getByRole('button', { name: 'Nachricht senden' }).waitFor()
    await page.reload()
    await page.getByRole('button', { name: 'Nachricht senden' }).waitFor()
    expect(await language(page)).toBe('de')
    expect(await composer(page).inputValue()).toBe('Ein Entwurf')
    await choose(page, 'en')
    await page.getByRole('button', { name: 'Send message' }).waitFor()
  })

  it('is that of another tab that chooses one', async () => {
    const { page, tab } = await fixture.visitor()
    const other = await tab()
    await choose(page, 'de')
    await other.getByText('Neue Unterhaltung').first().waitFor()
    expect(await language(other)).toBe('de')
  })

  it('is that of the browser before a choice, also on the sign-in page', async () => {
    const context = await fixture.newContext({ locale: 'de-AT' })
    const page = await context.newPage()
    await page.goto('/')
    await page.getByRole('button', { name: 'Als Entwickler fortfahren' }).waitFor()
    expect(await language(page)).toBe('de')
    expect(await untranslated(page)).toEqual([])
    expect(await violations(page)).toEqual([])
  })

  it('is English when the other cannot be loaded', async () => {
    const context = await fixture.newContext({ locale: 'de' })
    // No script of the app has a name that starts like this but the tables.
    await context.route(/\/assets\/de-[^/]*\.js$/, (route) => route.abort())
    const page = await context.newPage()
    await page.goto('/')
    await page.getByRole('button', { name: 'Continue as developer' }).waitFor()
    expect(await language(page)).toBe('en')
  })

  it('reaches everything on the chat page and in its dialogs', async () => {
    const { page } = await fixture.visitor()
    await page.getByTestId('starter').first().waitFor()
    await choose(page, 'de')
    expect(await untranslated(page)).toEqual([])
    const claim = fixture.model.claim('Flüsse')
    await composer(page).fill('Wie entstehen Flüsse?')
    await composer(page).press('Enter')
    const answer = await claim
    await page.getByText('Denkt nach').first().waitFor()
    expect(await untranslated(page)).toEqual([])
    answer.write('Aus Quellen.\n\n```js\nconst a = 1\n```\n\n| Fluss | km |\n| --- | --- |\n| Elbe | 1094 |\n\n- [x] fertig\n')
    answer.finish()
    await page.getByTestId('regenerate').waitFor()
    await page.getByTestId('copy-code').waitFor()
    expect(await untranslated(page)).toEqual([])
    // What is on the screen already changes as well: turns, code, labels inside of answers.
    await choose(page, 'en')
    await page.getByRole('region', { name: 'Table' }).waitFor()
    await choose(page, 'de')
    expect(await untranslated(page)).toEqual([])
    expect(await violations(page)).toEqual([])

    const main = page.getByRole('main')
    await main.getByTestId('turn-menu').click()
    await page.getByTestId('turn-menu-content').waitFor()
    expect(await untranslated(page)).toEqual([])
    await page.keyboard.press('Escape')
    await main.getByRole('button', { name: 'Optionen für diese Unterhaltung' }).click()
    await page.getByTestId('session-menu-content').waitFor()
    expect(await untranslated(page)).toEqual([])
    await page.keyboard.press('Escape')
    await page.getByTestId('share').click()
    await page.getByTestId('share-dialog').getByText('Noch hat niemand sonst Zugriff.').waitFor()
    expect(await untranslated(page)).toEqual([])
    expect(await violations(page)).toEqual([])
    await page.keyboard.press('Escape')
    await page.getByTestId('open-palette').click()
    await page.getByTestId('palette').waitFor()
    expect(await untranslated(page)).toEqual([])
    await page.keyboard.press('Escape')
    await openAccountMenu(page)
    expect(await untranslated(page)).toEqual([])
  })

  it('shows every dialog whole at 320 px', async () => {
    const { page } = await fixture.visitor({ locale: 'de', ...phone, viewport: { width: 320, height: 640 } })
    await page.getByTestId('starter').first().waitFor()
    const overflow = () => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
    expect(await overflow()).toBe(0)
    await page.getByTestId('open-drawer').click()
    await pause(400)
    await openAccountMenu(page)
    expect(await overflow()).toBe(0)
    const cut = await page
      .getByTestId('account-menu')
      .getByRole('menuitem')
      .evaluateAll((items) =>
        items.filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth).map(({ textContent }) => textContent),
      )
    expect(cut).toEqual([])
  })
})
