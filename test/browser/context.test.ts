/** What a conversation says about the turns that the assistant no longer sees. */
import { describe, expect, it } from 'vitest'
import type { User } from '../support/user.ts'
import { violationsInBothThemes } from './axe.ts'
import { setUpBrowser } from './browser-fixture.ts'
import { eventually, oneLine, settled } from './chat.ts'

const fixture = setUpBrowser()

/** Imports four turns. The third was answered with a summary of the first. The others say what the prompt left out. */
async function seedContext(api: User): Promise<string> {
  const at = Date.UTC(2026, 10, 20)
  const contexts = [undefined, { omitted_turns: 2, omission: 'slow' }, undefined, { omitted_turns: 3, omission: 'no_utility_model' }]
  const turns = contexts.map((context, index) => {
    const turn_id = `turn-${index + 1}`
    const item_id = `${turn_id}-answer`
    const summary = { turn_id, through_turn_id: 'turn-1', first_turn: 1, last_turn: 1, text: 'The build is in /srv/app-7.', model: 'tiny' }
    return [
      { type: 'turn.accepted', turn_id, event_id: turn_id, position: 0 },
      { type: 'item.added', turn_id, item_id: `${turn_id}-message`, role: 'user', text: `Question ${index + 1}` },
      { type: 'turn.started', turn_id },
      ...(index === 2 ? [{ type: 'context.summarized', ...summary }] : []),
      { type: 'item.opened', turn_id, item_id, role: 'assistant' },
      { type: 'item.closed', turn_id, item_id, text: `Answer ${index + 1}` },
      { type: 'turn.ended', turn_id, outcome: 'completed', ...(context && { context }) },
    ]
  })
  const repeated = turns[3]?.map((event) => JSON.parse(JSON.stringify(event).replaceAll('turn-4', 'turn-5'))) ?? []
  const events = [{ type: 'session.created' }, ...turns.flat(), ...repeated].map((event, index) => ({
    seq: index + 1,
    at: at + index,
    ...event,
  }))
  const imported = await api.call('POST', '/v1/sessions/import', { chats: [JSON.stringify({ version: 'soma-1', events })] })
  const { ctxids } = (await imported.json()) as { ctxids?: string[] }
  expect(ctxids).toHaveLength(1)
  return ctxids?.[0] ?? ''
}

describe('A conversation that has outgrown the window', () => {
  it('shows the summary in a fold, and says once what the assistant no longer sees', async () => {
    const { page, api } = await fixture.visitor({ admin: true })
    const session = await seedContext(api)
    await page.goto(`/c/${session}`)
    await settled(page, 5)
    const fold = page.getByTestId('context-summary')
    await eventually(async () =>
      expect(oneLine(await fold.locator('summary').textContent())).toBe('Turn 1 was summarized for the assistant'),
    )
    expect(await page.getByText('The build is in /srv/app-7.').isVisible()).toBe(false)
    await fold.locator('summary').focus()
    await page.keyboard.press('Enter')
    await page.getByText('The build is in /srv/app-7.').waitFor()
    const notes = page.getByTestId('context-omitted')
    const texts = [
      'The assistant no longer sees 2 earlier turns. The conversation has outgrown the model’s window, and its summary took too long.',
      'The assistant no longer sees 3 earlier turns. The conversation has outgrown the model’s window, and no utility model is set to summarize it. Models',
    ]
    await eventually(async () => expect((await notes.allTextContents()).map(oneLine)).toEqual(texts))
    expect(await violationsInBothThemes(page)).toEqual([])
    await notes.getByRole('link', { name: 'Models' }).click()
    await page.getByRole('heading', { level: 1, name: 'Models' }).waitFor()
    await page.getByLabel('Utility model').waitFor()
  })

  it('says so in German', async () => {
    const { page, api } = await fixture.visitor({ locale: 'de-DE' })
    const session = await seedContext(api)
    await page.goto(`/c/${session}`)
    await page.getByText('Runde 1 wurde für den Assistenten zusammengefasst').waitFor()
    await page.getByText('Der Assistent sieht 2 frühere Runden nicht mehr.').waitFor()
  })
})
