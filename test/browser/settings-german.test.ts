/** The settings pages in German, whose words are longer, on the narrowest phone. */
import { expect, it } from 'vitest'
import { setUpBrowser } from './browser-fixture.ts'
import { phone } from './chromium.ts'

const fixture = setUpBrowser()

/** Path → title. */
const pages = {
  account: 'Konto',
  keys: 'API-Schlüssel',
  memory: 'Erinnerungen',
  archived: 'Archivierte Unterhaltungen',
  users: 'Personen',
  models: 'Modelle',
  secrets: 'Geheimnisse',
  limits: 'Limits und Budgets',
  policy: 'Richtlinie',
  constitution: 'Verfassung',
  audit: 'Protokoll',
}

it('The settings pages in German fit a screen of 320 pixels, and no button is cut', async () => {
  const { page } = await fixture.visitor({ ...phone, viewport: { width: 320, height: 640 }, locale: 'de-DE', admin: true })
  for (const [path, name] of Object.entries(pages)) {
    await page.goto(`/settings/${path}`)
    await page.getByRole('heading', { level: 1, name, exact: true }).waitFor()
    await page.waitForLoadState('networkidle')
    const wide = await page.evaluate(() =>
      [...document.querySelectorAll<HTMLElement>('html, main, main .button, main label, main p')]
        .filter(({ scrollWidth, clientWidth }) => clientWidth > 0 && scrollWidth > clientWidth + 1)
        .map(({ tagName, textContent }) => `${tagName} ${textContent?.slice(0, 40)}`),
    )
    expect(wide, path).toEqual([])
  }
})
