/** Cards of calls that ask something else than an approval. The log is the server's, with such a call at its end. */
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import type { EventPage } from '../../shared/api/sessions.ts'
import type { Draft } from '../../shared/events/event.ts'
import type { User } from '../support/user.ts'
import { violationsInBothThemes } from './axe.ts'
import { setUpBrowser } from './browser-fixture.ts'
import { eventually, seed } from './chat.ts'

const fixture = setUpBrowser()

type Parked = Omit<Extract<Draft, { type: 'call.parked' }>, 'type' | 'turn_id' | 'call_id' | 'until'>

/** Opens a conversation whose only turn waits for a call of `name`. Returns the bodies that the page sends about it. */
async function openWaiting(page: Page, api: User, name: string, parked: Parked): Promise<string[]> {
  const session = await seed(api, 1)
  const sent: string[] = []
  await page.route(`**/v1/sessions/${session}/events?*`, async (route) => {
    // The stream says nothing.
    if (route.request().url().includes('stream')) return
    const response = await route.fetch()
    const body = (await response.json()) as EventPage
    const started = body.events.findIndex(({ type }) => type === 'turn.started')
    const events = body.events.slice(0, started + 1)
    const last = events.at(-1)
    if (last?.type !== 'turn.started') throw new Error('no turn has started')
    const { turn_id, origin, at, seq } = last
    const call = { turn_id, call_id: 'waits', origin, at }
    const requested = { type: 'call.requested', ...call, name, arguments: '{"to":"ada"}', effect: 'once', timeout_ms: 1_000 } as const
    const waits = { type: 'call.parked', ...call, until: Date.now() + 86_400_000, ...parked } as const
    const added = [requested, waits].map((event, index) => ({ ...event, seq: seq + index + 1 })) as EventPage['events']
    await route.fulfill({ json: { ...body, events: [...events, ...added], last_seq: seq + 2, next_cursor: null } satisfies EventPage })
  })
  await page.route('**/calls/waits/*', (route) => {
    sent.push(`${route.request().url().split('/').at(-1)} ${route.request().postData()}`)
    return route.fulfill({ json: {} })
  })
  await page.goto(`/c/${session}`)
  return sent
}

describe('A question of the assistant', () => {
  it('is answered by a choice, in words, or skipped', async () => {
    const { page, api } = await fixture.visitor()
    const question: Parked = { reason: 'Which day suits you?', ask: 'question', choices: ['Monday', 'Tuesday'], binding: 'b1' }
    const sent = await openWaiting(page, api, 'ask_user', question)
    const card = page.getByTestId('question')
    await card.getByText('Which day suits you?').waitFor()
    await page.getByTestId('state-line').getByText('Waiting for your answer').waitFor()
    expect(await page.getByTestId('call').getAttribute('aria-label')).toBe('Tool ask_user, asks you')
    expect(await violationsInBothThemes(page)).toEqual([])
    await card.getByRole('button', { name: 'Tuesday' }).click()
    await eventually(() => expect(sent).toEqual(['decision {"approved":true,"binding":"b1","answer":"Tuesday"}']))
    await page.getByTestId('question-answer').fill('  Friday ')
    await page.getByTestId('question-answer').press('Enter')
    await eventually(() => expect(sent.at(-1)).toBe('decision {"approved":true,"binding":"b1","answer":"Friday"}'))
    await page.getByTestId('skip-question').click()
    await eventually(() => expect(sent.at(-1)).toBe('decision {"approved":false,"binding":"b1"}'))
  })
})

describe('A call that was cut off', () => {
  it('asks what became of it, and sends the answer', async () => {
    const { page, api } = await fixture.visitor()
    const sent = await openWaiting(page, api, 'send_mail', { reason: 'It was interrupted.', ask: 'effect' })
    const card = page.getByTestId('effect')
    await card.getByText('"to": "ada"').waitFor()
    expect(await page.getByTestId('call').getAttribute('aria-label')).toBe('Tool send_mail, was interrupted')
    expect(await violationsInBothThemes(page)).toEqual([])
    for (const [name, outcome] of [
      ['It happened', 'happened'],
      ['Run again', 'again'],
      ['Give up', 'given_up'],
    ] as const) {
      await card.getByRole('button', { name }).click()
      await eventually(() => expect(sent.at(-1)).toBe(`resolution {"outcome":"${outcome}"}`))
    }
  })
})
