/** Tool calls that wait for their user: approvals, and what a decision does. */
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import type { ApprovalRule } from '../../shared/tool/approval-rule.ts'
import type { User } from '../support/user.ts'
import { violationsInBothThemes } from './axe.ts'
import { setUpBrowser } from './browser-fixture.ts'
import { askAndClaim, eventually, lastAnswer, settled } from './chat.ts'
import type { Answer } from './controlled-model.ts'

const fixture = setUpBrowser()

const card = (page: Page) => page.getByTestId('approval')
const stateOfCall = (page: Page) => page.getByTestId('call').last().getAttribute('data-state')

/** An administrator whose workspace asks before each call of echo. */
async function openWithRule(approval: ApprovalRule, options: Parameters<typeof fixture.visitor>[0] = {}) {
  const visitor = await fixture.visitor({ admin: true, ...options })
  const response = await visitor.api.call('PUT', '/v1/tool-catalog/echo', { approval })
  expect(response.ok, await response.text()).toBe(true)
  return visitor
}

/** Sends a message whose answer calls echo, and waits for the card. */
async function askForCall(page: Page, text: string, args: object = { text: 'so be it' }): Promise<{ readonly next: Promise<Answer> }> {
  const first = await askAndClaim(fixture.model, page, text)
  const next = fixture.model.claim(text)
  first.call('echo', args)
  await card(page).waitFor()
  return { next }
}

async function finish(next: Promise<Answer>, text: string): Promise<void> {
  const last = await next
  last.write(text)
  last.finish()
}

const decisions = (page: Page): string[] => {
  const sent: string[] = []
  page.on('request', (request) => request.url().endsWith('/decision') && sent.push(request.postData() ?? ''))
  return sent
}

const toolResult = async (api: User, session: string): Promise<string> =>
  JSON.stringify(await (await api.call('GET', `/v1/sessions/${session}/history`)).json())

describe('An approval', () => {
  it('15. shows the call, its arguments, the risk and the rule, waits over a reload, and is given by keyboard once, in every tab', async () => {
    const { page, tab } = await openWithRule('always')
    const sent = decisions(page)
    const { next } = await askForCall(page, 'Say it with my leave')
    await card(page).getByText('"text": "so be it"').waitFor()
    await card(page).getByText('It changes nothing.').waitFor()
    await card(page).getByText('The tools of the workspace ask before it runs').waitFor()
    await page.getByTestId('state-line').getByText('Waiting for your approval').waitFor()
    expect(await violationsInBothThemes(page)).toEqual([])
    await page.reload()
    await card(page).waitFor()
    const other = await tab(new URL(page.url()).pathname)
    await card(other).waitFor()
    await page.getByTestId('approve').focus()
    await page.evaluate(() => {
      const button = document.querySelector<HTMLElement>('[data-testid="approve"]')
      button?.click()
      button?.click()
    })
    await finish(next, 'It is said.')
    await settled(page, 1)
    await eventually(async () => expect([await stateOfCall(page), await stateOfCall(other)]).toEqual(['completed', 'completed']))
    expect([await card(page).count(), await card(other).count(), sent.length]).toEqual([0, 0, 1])
    expect(await lastAnswer(page)).toBe('It is said.')
  })

  it('15. is declined with a reason, which the assistant gets', async () => {
    const { page, api } = await openWithRule('ask')
    const { next } = await askForCall(page, 'Say what I do not want')
    await page.getByTestId('decline').press('Enter')
    await page.keyboard.type('Not today, please')
    await page.keyboard.press('Enter')
    await finish(next, 'I leave it.')
    await settled(page, 1)
    expect(await stateOfCall(page)).toBe('denied')
    await page.getByTestId('call').locator('.call-why').getByText('Not today, please').waitFor()
    expect(await toolResult(api, new URL(page.url()).pathname.slice('/c/'.length))).toContain('Not today, please')
  })

  it('15. runs with arguments that the user has edited, and says what is wrong with them', async () => {
    const { page } = await openWithRule('ask')
    const { next } = await askForCall(page, 'Say something else')
    await page.getByTestId('edit-arguments').click()
    const field = page.getByTestId('edited-arguments')
    await field.fill('{"text": ')
    await card(page).getByText('This is not valid JSON.').waitFor()
    expect(await page.getByTestId('approve').isDisabled()).toBe(true)
    // The server checks them as those of the model.
    await field.fill('{"text": 5}')
    await page.getByTestId('approve').click()
    await card(page).getByRole('alert').waitFor()
    await field.fill('{"text": "edited"}')
    await page.getByTestId('approve').click()
    await finish(next, 'Said.')
    await settled(page, 1)
    await page.getByTestId('call').locator('summary').click()
    await eventually(async () => expect(await page.getByTestId('call').locator('pre').last().textContent()).toBe('edited'))
    await page
      .getByTestId('call-decision')
      .getByText(/^Approved by .+, with changed arguments$/)
      .waitFor()
  })

  it('15. can count for the later calls of the tool in the conversation', async () => {
    const { page } = await openWithRule('ask')
    const { next } = await askForCall(page, 'Say the first')
    await page.getByTestId('remember').check()
    await page.getByTestId('approve').click()
    await finish(next, 'First.')
    await settled(page, 1)
    const first = await askAndClaim(fixture.model, page, 'Say the second')
    const second = fixture.model.claim('the second')
    first.call('echo', { text: 'again' })
    await finish(second, 'Second.')
    await settled(page, 2)
    expect([await card(page).count(), await stateOfCall(page)]).toEqual([0, 'completed'])
    // The list of allowed tools takes it back.
    await page.getByTestId('session-menu').first().click()
    await page.getByTestId('menu-approvals').click()
    const dialog = page.getByTestId('approvals-dialog')
    const askAgain = dialog.getByRole('button', { name: 'Ask again before echo runs' })
    await askAgain.waitFor()
    expect(await violationsInBothThemes(page)).toEqual([])
    await askAgain.click()
    await dialog.getByText('No tool was allowed').waitFor()
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
    await askForCall(page, 'Say the third')
  })

  it('15. fits a phone in German, and passes axe while a reason is written', async () => {
    const { page } = await openWithRule('ask', { locale: 'de-DE', viewport: { width: 390, height: 844 }, hasTouch: true })
    const claim = fixture.model.claim('Sag es mir')
    await page.getByTestId('composer-input').fill('Sag es mir')
    await page.getByTestId('send').click()
    ;(await claim).call('echo', { text: `Ein langer Text ${'und noch mehr davon '.repeat(10)}` })
    await card(page).waitFor()
    await card(page).getByText('Es ändert nichts.').waitFor()
    await page.getByTestId('decline').click()
    expect(await violationsInBothThemes(page)).toEqual([])
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390)
    await page.setViewportSize({ width: 1280, height: 900 })
    await page.getByTestId('confirm-decline').click()
    await card(page).waitFor({ state: 'detached' })
  })
})
