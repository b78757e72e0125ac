import { describe, expect, it } from 'vitest'
import { violationsInBothThemes } from './axe.ts'
import { setUpBrowser } from './browser-fixture.ts'
import { ask, button, composer, eventually, settled } from './chat.ts'

const fixture = setUpBrowser()

describe('Every page', () => {
  it('40. explains why it is empty and what to do', async () => {
    const { page } = await fixture.visitor()
    const list = page.getByRole('navigation', { name: 'Conversations' })
    await list.getByText('No conversations yet. Your first message starts one.').waitFor()
    await eventually(async () => expect(await page.getByRole('main').getByRole('listitem').getByRole('button').count()).toBe(4))
    await page
      .getByRole('main')
      .getByRole('button', { name: /Work something out/ })
      .click()
    await settled(page, 1)
    expect(await list.getByText('No conversations yet').count()).toBe(0)
  })

  it('40. shows a loading text only after 300 ms', async () => {
    const { page, context } = await fixture.visitor()
    await ask(page, 'Something to load')
    await settled(page, 1)
    const slowPage = await context.newPage()
    let release: () => void = () => undefined
    const released = new Promise<void>((resolve) => {
      release = resolve
    })
    await slowPage.route(/\/v1\/sessions(\?|\/[^/]+\/events)/, async (route) => {
      await released
      await route.continue()
    })
    // The page's clock is paused, so the speed of the machine does not matter.
    const now = Date.now()
    await slowPage.clock.install({ time: now })
    await slowPage.clock.pauseAt(now + 1_000)
    await slowPage.goto(new URL(page.url()).pathname)
    await composer(slowPage).waitFor()
    const loadingTexts = () => slowPage.getByText(/Loading your conversations…|Opening the conversation…/).count()
    await slowPage.clock.runFor(250)
    expect(await loadingTexts()).toBe(0)
    await slowPage.clock.runFor(150)
    await eventually(async () => expect(await loadingTexts()).toBe(2))
    await slowPage.clock.resume()
    release()
    await settled(slowPage, 1)
    expect(await loadingTexts()).toBe(0)
  })

  it('40. shows a failure and a retry: the list, the thread, the reference, the whole app', async () => {
    const { page, context } = await fixture.visitor()
    await ask(page, 'Something to fail')
    await settled(page, 1)
    const path = new URL(page.url()).pathname
    const failingPage = await context.newPage()
    const failingRequests = /\/v1\/sessions(\?|\/[^/]+\/events)|\/openapi\.json/
    await failingPage.route(failingRequests, (route) =>
      route.fulfill({
        status: 500,
        contentType: 'application/problem+json',
        body: JSON.stringify({ type: 'about:blank', title: 'Something broke here', status: 500, detail: 'It was us.', request_id: 'r-1' }),
      }),
    )
    await failingPage.goto(path)
    const list = failingPage.getByRole('navigation', { name: 'Conversations' })
    await list.getByText('It was us.').waitFor()
    const threadError = failingPage.getByRole('alert').filter({ hasText: 'Something broke here' })
    await threadError.waitFor()
    expect(await violationsInBothThemes(failingPage)).toEqual([])
    await failingPage.unroute(failingRequests)
    await list.getByRole('button', { name: 'Try again' }).click()
    await list.getByRole('link', { name: 'Something to fail' }).waitFor()
    if ((await threadError.count()) > 0) await threadError.getByRole('button', { name: 'Try again' }).click()
    await settled(failingPage, 1)

    await failingPage.route('**/openapi.json', (route) => route.abort('connectionreset'))
    await failingPage.goto('/docs')
    const reference = failingPage.getByRole('alert').filter({ hasText: 'Can’t reach Soma' })
    await reference.waitFor()
    await failingPage.unroute('**/openapi.json')
    await reference.getByRole('button', { name: 'Try again' }).click()
    await failingPage.getByRole('main', { name: 'API reference' }).waitFor()

    await failingPage.route('**/v1/me', (route) => route.abort('connectionreset'))
    await failingPage.goto('/')
    await failingPage.getByRole('heading', { name: 'Can’t reach Soma' }).waitFor()
    expect(await violationsInBothThemes(failingPage)).toEqual([])
    await failingPage.unroute('**/v1/me')
    await failingPage.getByRole('button', { name: 'Try now' }).click()
    await composer(failingPage).waitFor()
  })

  it('40. that does not exist or was deleted offers a new conversation', async () => {
    const { page, api } = await fixture.visitor()
    await page.goto('/nowhere')
    await page.getByRole('heading', { name: 'This page does not exist' }).waitFor()
    await page.getByRole('link', { name: 'Start a conversation' }).click()
    await composer(page).waitFor()
    await page.goto(`/c/${crypto.randomUUID()}`)
    await page.getByRole('heading', { name: 'There is no conversation here' }).waitFor()
    expect(await composer(page).count()).toBe(0)
    await button(page, 'Start a new one').click()
    await ask(page, 'Something to delete')
    await settled(page, 1)
    const path = new URL(page.url()).pathname
    await api.call('DELETE', `/v1/sessions/${path.slice('/c/'.length)}`)
    await page.getByRole('heading', { name: 'This conversation was deleted' }).waitFor()
    expect(await violationsInBothThemes(page)).toEqual([])
    expect(await composer(page).count()).toBe(0)
    await page.reload()
    await page.getByRole('heading', { name: 'There is no conversation here' }).waitFor()
    await button(page, 'Start a new one').click()
    await composer(page).waitFor()
    await eventually(async () => expect(await page.getByText('Something to delete').count()).toBe(0))
  })
})
