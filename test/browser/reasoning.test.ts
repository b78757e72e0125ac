/** What the model thinks before its answer. */
import { describe, expect, it } from 'vitest'
import { violationsInBothThemes } from './axe.ts'
import { setUpBrowser } from './browser-fixture.ts'
import { answers, askAndClaim, eventually, lastAnswer, settled } from './chat.ts'

const fixture = setUpBrowser()

describe('Reasoning', () => {
  it('18. streams behind a fold above the answer, works by keyboard, and stays after a reload', async () => {
    const { page } = await fixture.visitor()
    const answer = await askAndClaim(fixture.model, page, 'Add two and two')
    answer.think('Two and ')
    const reasoning = page.getByTestId('reasoning')
    const summary = reasoning.locator('summary')
    await summary.getByText('Thinking…').waitFor()
    // The fold itself says that the model thinks.
    expect(await page.getByTestId('state-line').count()).toBe(0)
    expect(await answers(page).count()).toBe(0)
    const text = reasoning.getByRole('region', { name: 'Reasoning' })
    expect(await text.count()).toBe(0)
    await summary.focus()
    await page.keyboard.press('Enter')
    await eventually(async () => expect(await text.textContent()).toBe('Two and '))
    answer.think('two.')
    await eventually(async () => expect(await text.textContent()).toBe('Two and two.'))
    expect(await violationsInBothThemes(page)).toEqual([])
    answer.write('It is four.')
    await eventually(async () => expect(await summary.textContent()).toMatch(/^Thought for \d+ s$/))
    answer.finish('stop', 5)
    await settled(page, 1)
    await page.getByTestId('cost').getByText('71 % of the input cached').waitFor()
    expect(await lastAnswer(page)).toBe('It is four.')
    expect(await text.isVisible()).toBe(true)
    await page.keyboard.press('Enter')
    await eventually(async () => expect(await text.count()).toBe(0))
    expect(await violationsInBothThemes(page)).toEqual([])
    await page.reload()
    await settled(page, 1)
    expect(await lastAnswer(page)).toBe('It is four.')
    const order = () =>
      page.locator('[data-testid="answer"], [data-testid="reasoning"]').evaluateAll((all) => all.map(({ dataset }) => dataset.testid))
    await eventually(async () => expect(await order()).toEqual(['reasoning', 'answer']))
  })

  it('is kept when the answer is stopped in it', async () => {
    const { page } = await fixture.visitor()
    const answer = await askAndClaim(fixture.model, page, 'Think for ever')
    answer.think('Let me see.')
    await page.getByTestId('reasoning').getByText('Thinking…').waitFor()
    await page.getByRole('button', { name: 'Stop answering' }).click()
    await settled(page, 1)
    await eventually(async () => expect(await page.getByTestId('reasoning').locator('summary').textContent()).toMatch(/^Thought for/))
    expect(await answers(page).count()).toBe(0)
    await eventually(() => expect(answer.aborted()).toBe(true))
  })
})
