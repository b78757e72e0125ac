/** The title that a model writes after the first answer. */
import { describe, expect, it } from 'vitest'
import { jobs } from '../worker.ts'
import { done, Gate, text } from './scripted-runner.ts'
import { alice, id, log, scriptRunner, sendMessage, session, untilEnded, untilFirstText } from './session-fixture.ts'

const titles = async () => (await log()).flatMap((event) => (event.type === 'session.titled' ? [event.title] : []))
const title = async () => {
  const summary = await session.summary(alice)
  return summary.ok ? summary.value.title : ''
}
const untitled = () => jobs.filter((job) => job.session === id).map((job) => job.untitled ?? false)

describe('The title of a session', () => {
  it('is asked for until the first answer', async () => {
    scriptRunner({ type: 'end', outcome: 'failed', reason: 'no' })
    await sendMessage('Plan a trip. Soon.')
    await untilEnded(1)
    scriptRunner(text('Yes'), done)
    await sendMessage('again')
    await untilEnded(2)
    await sendMessage('and again')
    await untilEnded(3)
    expect(untitled()).toEqual([true, true, false])
    expect(await title()).toBe('Plan a trip.')
  })

  it('is not asked for after the user set one', async () => {
    scriptRunner({ type: 'end', outcome: 'failed', reason: 'no' })
    await sendMessage('Plan a trip')
    await untilEnded(1)
    await session.rename(alice, 'Mine')
    await sendMessage('again')
    await untilEnded(2)
    expect(untitled()).toEqual([true, false])
  })

  it('is recorded once, whatever is repeated, and does not change when the session was last active', async () => {
    scriptRunner(text('Yes'), done)
    const { turn_id } = await sendMessage('Plan a trip')
    await untilEnded()
    const before = await session.summary(alice)
    await Promise.all(['Trip to Rome', 'Trip to Rome', 'Another'].map((title) => session.titleFromModel(turn_id, title)))
    expect(await titles()).toEqual(['Trip to Rome'])
    expect(await title()).toBe('Trip to Rome')
    expect(await session.summary(alice)).toMatchObject({ value: { updated_at: before.ok && before.value.updated_at } })
  })

  it('of the user is never replaced, and the user replaces that of a model', async () => {
    scriptRunner(text('Yes'), done)
    const { turn_id } = await sendMessage('Plan a trip')
    await untilEnded()
    await session.rename(alice, 'Mine')
    await session.titleFromModel(turn_id, 'Trip to Rome')
    expect(await titles()).toEqual(['Mine'])
  })

  it('is refused before the answer is complete, for a turn that does not exist, and without a plain line', async () => {
    const gate = new Gate()
    scriptRunner(text('Half'), gate, done)
    const { turn_id } = await sendMessage('Plan a trip')
    await untilFirstText()
    await session.titleFromModel(turn_id, 'Too early')
    gate.open()
    await untilEnded()
    await session.titleFromModel('other', 'Unknown turn')
    await session.titleFromModel(turn_id, ' \n**\n""')
    expect(await titles()).toEqual([])
    await session.titleFromModel(turn_id, '<img src=x>\n[Trip](https://evil.example) to\u202e **Rome**\nand more')
    expect(await titles()).toEqual(['Trip to Rome'])
  })

  it('is not recorded in a deleted session', async () => {
    scriptRunner(text('Yes'), done)
    const { turn_id } = await sendMessage('Plan a trip')
    await untilEnded()
    await session.trash(alice)
    await session.titleFromModel(turn_id, 'Trip to Rome')
    await session.untrash(alice)
    expect(await titles()).toEqual([])
  })
})
