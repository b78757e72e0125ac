/** Answers that wait for a busy model, and answers that end unfinished. */
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { violationsInBothThemes } from './axe.ts'
import { setUpBrowser } from './browser-fixture.ts'
import {
  answers,
  ask,
  askAndClaim,
  button,
  composer,
  eventually,
  lastAnswer,
  oneLine,
  sessionOf,
  settled,
  textsBy,
  thread,
  turns,
  waitForText,
} from './chat.ts'
import type { Answer } from './controlled-model.ts'

const fixture = setUpBrowser()

describe('A busy model', () => {
  it('18. is shown with a countdown and the number of the attempt, also after a reload, until it answers', async () => {
    const { page } = await fixture.visitor()
    fixture.model.refuse('busy', 429, { times: 1, after: 15 })
    await ask(page, 'Are you busy?')
    const line = page.getByTestId('state-line')
    await eventually(async () => expect(oneLine(await line.textContent())).toMatch(/^The model is busy\. Trying again in \d+ s, 2 of 5$/))
    await page.reload()
    await eventually(async () =>
      expect(oneLine(await line.textContent())).toMatch(/^The model is busy\. Trying again (in \d+ s|now), 2 of 5$/),
    )
    await eventually(async () => expect(await lastAnswer(page)).toContain('all there is to say'), 40_000)
    expect(await line.count()).toBe(0)
  })

  it('is distinguished from one that cannot answer', async () => {
    const { page } = await fixture.visitor()
    fixture.model.refuse('broken', 500, { times: 1, after: 20 })
    await ask(page, 'Is it broken?')
    const line = page.getByTestId('state-line')
    await eventually(async () =>
      expect(oneLine(await line.textContent())).toMatch(/^The model does not answer\. Trying again in \d+ s, 2 of 5$/),
    )
    await page.getByTestId('stop').click()
    await settled(page, 1)
  })
})

describe('A failed model call', () => {
  const secret = 'sk-canary-0123456789abcdef'

  it('shows what the provider said, without keys, and is no part of the reason', async () => {
    const { page } = await fixture.visitor()
    fixture.model.refuse('diagnose', 400, { message: `Requires --enable-auto-tool-choice; you sent ${secret}.` })
    await ask(page, 'Please diagnose this')
    const error = page.getByTestId('turn-error')
    await error.getByText('What the provider said').click()
    await error.getByText('Requires --enable-auto-tool-choice; you sent [secret].').waitFor()
    await page.reload()
    await error.getByText('What the provider said').click()
    expect(oneLine(await error.textContent())).toContain('you sent [secret].')
    expect(await violationsInBothThemes(page)).toEqual([])
    expect(await page.content()).not.toContain(secret)
  })

  it('shows it also in the test of a profile, without the key that was sent', async () => {
    const { page, api } = await fixture.visitor({ admin: true })
    const origin = new URL(fixture.model.url).origin
    await api.call('PUT', '/v1/llm/credentials/hand', { secret, origin })
    const profile = { provider: 'openai-compatible', base_url: fixture.model.url, model: 'm', credential: 'hand' }
    expect((await api.call('PUT', '/v1/settings/models/main', { profile })).status).toBe(200)
    fixture.model.refuse('Answer with one word', 400, { message: 'Unknown model m for KEY', times: 1 })
    await page.goto('/settings/models')
    await page.getByTestId('test-main').click()
    await page.getByTestId('result-main').getByText('Unknown model m for [key]').waitFor()
    expect(await page.content()).not.toContain(secret)
  })
})

describe('An unfinished answer', () => {
  /** Presses Continue, and returns the next answer. */
  const pressContinue = async (page: Page): Promise<Answer> => {
    const claim = fixture.model.claim('Continue exactly where')
    await button(page, 'Continue').click()
    return claim
  }

  it('that reached its length limit is no failure, and is continued with Continue', async () => {
    const { page, api } = await fixture.visitor()
    const answer = await askAndClaim(fixture.model, page, 'Tell me all about rivers', 'rivers')
    answer.write('Rivers begin small, and')
    answer.finish('length')
    await settled(page, 1)
    await waitForText(page, 'reached its length limit')
    expect(await page.getByTestId('turn-error').count()).toBe(0)
    expect(await turns(page).first().getAttribute('data-outcome')).toBe('completed')
    const continuation = await pressContinue(page)
    continuation.write('they end in the sea.')
    continuation.finish()
    await settled(page, 2)
    expect(await textsBy(api, await sessionOf(page), 'assistant')).toEqual(['Rivers begin small, and', 'they end in the sea.'])
    // Only the last answer can be continued.
    expect(await button(page, 'Continue').count()).toBe(0)
    expect(await composer(page).evaluate((element) => element === document.activeElement)).toBe(true)
    await page.reload()
    await settled(page, 2)
    expect(oneLine(await thread(page).textContent())).toContain('reached its length limit')
  })

  it('that was stopped or broke off is continued with Continue', async () => {
    const { page } = await fixture.visitor()
    const stopped = await askAndClaim(fixture.model, page, 'Speak until I stop you', 'stop')
    stopped.write('One, two,')
    await waitForText(page, 'One, two,')
    await page.getByTestId('stop').click()
    await settled(page, 1)
    const continuation = await pressContinue(page)
    continuation.write('three, four,')
    await waitForText(page, 'three, four,')
    continuation.breakOff()
    await page.getByTestId('turn-error').waitFor()
    const end = await pressContinue(page)
    end.write('five.')
    end.finish()
    await settled(page, 3)
    expect(await answers(page).allTextContents()).toEqual(
      ['One, two,', 'three, four,', 'five.'].map((text) => expect.stringContaining(text)),
    )
  })

  it('without text offers no Continue', async () => {
    const { page } = await fixture.visitor()
    const answer = await askAndClaim(fixture.model, page, 'Say nothing', 'nothing')
    answer.finish('length')
    await page.getByTestId('turn-error').waitFor()
    expect(await button(page, 'Continue').count()).toBe(0)
    expect(await button(page, 'Try again').count()).toBe(1)
  })
})
