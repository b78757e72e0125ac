/** Tool calls in an answer. */
import { describe, expect, it } from 'vitest'
import { violationsInBothThemes } from './axe.ts'
import { setUpBrowser } from './browser-fixture.ts'
import { askAndClaim, eventually, lastAnswer, settled } from './chat.ts'

const fixture = setUpBrowser()

describe('An answer that uses a tool', () => {
  it('18. shows the call between its texts, with details by keyboard, also after a reload', async () => {
    const { page } = await fixture.visitor()
    const first = await askAndClaim(fixture.model, page, 'Say it twice', 'twice')
    const next = fixture.model.claim('twice')
    first.write('Let me repeat that.')
    first.call('echo', { text: 'so be it' })
    const calls = page.getByTestId('call')
    const last = await next
    await eventually(async () => expect(await calls.getAttribute('data-state')).toBe('completed'))
    expect(await calls.getAttribute('aria-label')).toBe('Tool echo, done')
    // The turn has a text already, and waits for the next step of the model.
    await page.getByTestId('state-line').getByText('Thinking…').waitFor()
    last.write('It is said.')
    last.finish()
    await settled(page, 1)
    const order = () =>
      page.locator('[data-testid="answer"], [data-testid="call"]').evaluateAll((all) => all.map(({ dataset }) => dataset.testid))
    expect(await order()).toEqual(['answer', 'call', 'answer'])
    // The row shows the arguments in short. Their whole text and the result are behind it.
    expect(await calls.locator('summary').textContent()).toMatch(/^echoso be itdone · \d+ ms$/)
    expect(await calls.locator('pre').first().isVisible()).toBe(false)
    await calls.locator('summary').focus()
    await page.keyboard.press('Enter')
    await eventually(async () => expect(await calls.locator('pre').allTextContents()).toEqual(['{\n  "text": "so be it"\n}', 'so be it']))
    expect(await calls.locator('pre').last().isVisible()).toBe(true)
    await page.reload()
    await settled(page, 1)
    await eventually(async () => expect(await order()).toEqual(['answer', 'call', 'answer']))
    expect(await lastAnswer(page)).toBe('It is said.')
  })

  it('shows the calls between two texts together, with how many are done, and folds many that are', async () => {
    const { page } = await fixture.visitor()
    const first = await askAndClaim(fixture.model, page, 'Say four things', 'four')
    let next = fixture.model.claim('four')
    first.calls(['one', 'two', 'three', 'four'].map((text) => ['echo', { text }] as const))
    const second = await next
    const group = page.getByTestId('call-group')
    const head = group.getByRole('button').first()
    await eventually(async () => expect(await group.getAttribute('aria-label')).toBe('4 tools: 4 done'))
    expect([await head.getAttribute('aria-expanded'), await page.getByTestId('call').count()]).toEqual(['false', 0])
    await head.press('Enter')
    expect(await page.getByTestId('call').locator('summary').allTextContents()).toEqual(
      ['one', 'two', 'three', 'four'].map((text) => expect.stringMatching(new RegExp(`^echo${text}done · `))),
    )
    next = fixture.model.claim('four')
    second.write('Two more.')
    second.calls([
      ['echo', { text: 'five' }],
      ['fly', {}],
    ])
    const last = await next
    // What failed stays open.
    await eventually(async () => expect(await group.last().getAttribute('aria-label')).toBe('2 tools: 1 done and 1 failed'))
    expect(await group.last().getByTestId('call').last().locator('summary').textContent()).toContain('There is no tool "fly".')
    last.write('All is said.')
    last.finish()
    await settled(page, 1)
    expect(await violationsInBothThemes(page)).toEqual([])
  })

  it('shows an error in the call that failed', async () => {
    const { page } = await fixture.visitor()
    const first = await askAndClaim(fixture.model, page, 'Please fly', 'fly')
    const next = fixture.model.claim('fly')
    first.call('fly', {})
    const last = await next
    last.write('I cannot.')
    last.finish()
    await settled(page, 1)
    await eventually(async () => expect(await page.getByTestId('call').getAttribute('data-state')).toBe('failed'))
    await page.getByTestId('call').locator('summary').click()
    await eventually(async () => expect(await page.getByTestId('call').textContent()).toContain('There is no tool "fly".'))
  })
})
