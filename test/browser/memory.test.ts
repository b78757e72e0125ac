/** The memory page, and the note below a message that is not remembered. */
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import type { MemoryList } from '../../shared/api/memory.ts'
import type { User } from '../support/user.ts'
import { violations, violationsInBothThemes } from './axe.ts'
import { setUpBrowser } from './browser-fixture.ts'
import { ask, button, eventually, seed, sessionOf, settled } from './chat.ts'
import { phone } from './chromium.ts'

const fixture = setUpBrowser()

const waitForMemories = async (api: User, count: number) =>
  eventually(async () => {
    const { memories } = (await (await api.call('GET', '/v1/memories')).json()) as MemoryList
    expect(memories).toHaveLength(count)
  })
const storeFact = (api: User, key: string, value: string) => api.call('POST', '/v1/remember', { key, value })
const rows = (page: Page) => page.getByTestId('memories').getByRole('listitem')

describe('A message that is not remembered', () => {
  it('shows the reason below it, also after a reload, with a link to the memory page', async () => {
    const { page, api } = await fixture.visitor()
    await ask(page, 'My number is 555-123-4567, by the way')
    await settled(page, 1)
    const note = page.getByTestId('not-remembered')
    const noteText = 'Not remembered: the text contains an e-mail address or telephone number. Memory'
    await eventually(async () => expect(await note.textContent()).toBe(noteText))
    await ask(page, 'But my dog is called Rex')
    await settled(page, 2)
    await waitForMemories(api, 1)
    await page.reload()
    await settled(page, 2)
    await eventually(async () => expect(await note.allTextContents()).toEqual([noteText]))
    expect(await violations(page)).toEqual([])
    await note.getByRole('link', { name: 'Memory' }).click()
    await page.getByRole('heading', { level: 1, name: 'Memory' }).waitFor()
    await rows(page).filter({ hasText: 'my dog is called Rex' }).waitFor()
    expect(await page.content()).not.toContain('555-123')
  })

  it('links to the policy for an administrator', async () => {
    const { page } = await fixture.visitor({ admin: true })
    await ask(page, 'My address is ada@example.com, by the way')
    await settled(page, 1)
    await page.getByTestId('not-remembered').getByRole('link', { name: 'Policy' }).click()
    await page.getByRole('heading', { level: 1, name: 'Policy' }).waitFor()
  })
})

describe('An answer', () => {
  it('lists the memories that it was given, with their source, and the page says which are replaced', async () => {
    const { page, api } = await fixture.visitor()
    await ask(page, 'I live in Lisbon, near the river')
    await settled(page, 1)
    const home = await sessionOf(page)
    await waitForMemories(api, 1)
    await storeFact(api, 'favourite tea', 'Assam, with milk')
    await page.goto('/')
    const note = page.getByTestId('recalled')
    // The answer does not wait for a slow memory, so it may need another try.
    let turns = 0
    await eventually(async () => {
      await ask(page, 'Where do I live?')
      await settled(page, ++turns)
      expect(await note.count()).toBeGreaterThan(0)
    })
    await note.last().locator('summary').click()
    await note.last().getByText('I live in Lisbon, near the river').waitFor()
    expect(await note.last().getByRole('link', { name: 'Conversation' }).getAttribute('href')).toBe(`/c/${home}`)
    expect(await violations(page)).toEqual([])
    await ask(page, 'I moved to Bergen')
    await settled(page, ++turns)
    await waitForMemories(api, 3)
    await page.goto('/settings/memory')
    await rows(page).filter({ hasText: 'Lisbon' }).getByTestId('superseded').waitFor()
    expect(await page.getByTestId('superseded').count()).toBe(1)
  })
})

describe('The memory page', () => {
  it('explains itself while it is empty', async () => {
    const { page } = await fixture.visitor({ path: '/settings/memory' })
    await page.getByText('Nothing is remembered yet').waitFor()
    expect(await page.getByTestId('forget-all').count()).toBe(0)
  })

  it('lists messages and facts, links to the conversation, searches, and forgets one', async () => {
    const { page, api } = await fixture.visitor()
    await ask(page, 'My parrot is called Polly')
    const session = await sessionOf(page)
    await settled(page, 1)
    await waitForMemories(api, 1)
    await storeFact(api, 'tea', 'Assam, with milk')
    await page.goto('/settings/memory')
    await eventually(async () => expect(await rows(page).count()).toBe(2))
    expect(await rows(page).first().textContent()).toContain('Assam, with milk')
    const search = page.getByRole('searchbox', { name: 'Search your memories' })
    await search.fill('parr')
    await eventually(async () => expect(await rows(page).allTextContents()).toEqual([expect.stringContaining('Polly')]))
    await search.fill('"*-nothing')
    await page.getByText('No matches').waitFor()
    await search.fill('')
    await eventually(async () => expect(await rows(page).count()).toBe(2))
    expect(await rows(page).last().getByRole('link', { name: 'Conversation' }).getAttribute('href')).toBe(`/c/${session}`)
    await button(page, 'Forget “Assam, with milk”').click()
    await page.getByText('Forgotten: “Assam, with milk”').waitFor()
    await eventually(async () => expect(await rows(page).count()).toBe(1))
    expect((await api.call('GET', '/v1/recall/tea')).status).toBe(404)
  })

  it('forgets everything after a confirmation', async () => {
    const { page, api } = await fixture.visitor({ keepsToasts: true })
    await storeFact(api, 'one', 'the first fact')
    await storeFact(api, 'two', 'the second fact')
    await page.goto('/settings/memory')
    await page.getByTestId('forget-all').click()
    await button(page, 'Keep it').click()
    await eventually(async () => expect(await rows(page).count()).toBe(2))
    await page.getByTestId('forget-all').click()
    await page.getByTestId('confirm-forget').click()
    await page.getByText('Nothing is remembered yet').waitFor()
    await page.getByText('2 memories are forgotten').waitFor()
    await waitForMemories(api, 0)
  })

  it('turns remembering and recalling off for the workspace, for administrators only', async () => {
    const { page, api } = await fixture.visitor({ admin: true, path: '/settings/memory' })
    const stored = async () => (await (await api.call('GET', '/v1/settings')).json()).settings.memory
    await page.getByTestId('remember').click()
    await eventually(async () => expect(await stored()).toMatchObject({ remember: 'off', recall: 'on' }))
    await eventually(async () => expect(await page.getByTestId('recall').isEnabled()).toBe(true))
    await page.getByTestId('recall').click()
    await eventually(async () => expect(await stored()).toMatchObject({ remember: 'off', recall: 'off' }))
    expect(await violations(page)).toEqual([])
    const member = await fixture.visitor({ path: '/settings/memory' })
    await member.page.getByText('Nothing is remembered yet').waitFor()
    expect(await member.page.getByTestId('remember').count()).toBe(0)
  })

  it('loads more on request', async () => {
    const { page, api } = await fixture.visitor()
    for (let n = 1; n <= 52; n += 1) await storeFact(api, `key ${n}`, `fact number ${n}`)
    await page.goto('/settings/memory')
    await eventually(async () => expect(await rows(page).count()).toBe(50))
    await page.getByTestId('more').click()
    await eventually(async () => expect(await rows(page).count()).toBe(52))
    expect(await page.getByTestId('more').count()).toBe(0)
  })
})

it('passes axe (WCAG 2.2 AA): the memory page, dark and light, empty, full, with its dialog, on desktop and phone', async () => {
  const { page, api } = await fixture.visitor({ path: '/settings/memory' })
  await page.getByText('Nothing is remembered yet').waitFor()
  expect(await violationsInBothThemes(page)).toEqual([])
  await seed(api, 2, (index) => `Thing ${index + 1} to remember: ${'a long story '.repeat(20)}`)
  await waitForMemories(api, 2)
  await storeFact(api, 'a key of some length, as programs make them', 'and its value')
  await page.reload()
  await eventually(async () => expect(await rows(page).count()).toBe(3))
  expect(await violationsInBothThemes(page)).toEqual([])
  await page.setViewportSize(phone.viewport)
  expect(await violationsInBothThemes(page)).toEqual([])
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(phone.viewport.width)
  await page.getByTestId('forget-all').click()
  await page.getByTestId('forget-dialog').waitFor()
  expect(await violationsInBothThemes(page)).toEqual([])
})
