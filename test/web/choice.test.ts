/** Who answers the next messages: kept for a conversation, over a reload, and within a bound. */
import { beforeEach, describe, expect, it, vi } from 'vitest'

const stored = new Map<string, string>()
vi.stubGlobal('sessionStorage', {
  getItem: (key: string) => stored.get(key) ?? null,
  setItem: (key: string, value: string) => stored.set(key, value),
})
const load = async () => {
  vi.resetModules()
  return import('../../web/src/state/choice.ts')
}

describe('A choice', () => {
  beforeEach(() => stored.clear())

  it('belongs to one conversation, and survives a reload', async () => {
    const { choose, choiceIn } = await load()
    choose('one', { persona_id: 'tutor' })
    choose('one', { model: 'large' })
    choose('two', { model: 'small' })
    expect(choiceIn('one')).toEqual({ persona_id: 'tutor', model: 'large' })
    const reloaded = await load()
    expect(reloaded.choiceIn('one')).toEqual({ persona_id: 'tutor', model: 'large' })
    expect(reloaded.choiceIn('two')).toEqual({ model: 'small' })
    expect(reloaded.choiceIn('three')).toEqual({})
  })

  it('moves from a new chat to the conversation that it becomes', async () => {
    const { choose, choiceIn, moveChoice } = await load()
    choose('new', { persona_id: 'tutor' })
    moveChoice('new', 'one')
    expect([choiceIn('new'), choiceIn('one')]).toEqual([{}, { persona_id: 'tutor' }])
    moveChoice('new', 'two')
    expect(choiceIn('two')).toEqual({})
  })

  it('is dropped when many conversations have one', async () => {
    const { choose, choiceIn } = await load()
    for (let index = 0; index < 51; index += 1) choose(`c${index}`, { model: 'm' })
    expect([choiceIn('c0'), choiceIn('c1'), choiceIn('c50')]).toEqual([{}, { model: 'm' }, { model: 'm' }])
    choose('c50', { model: undefined })
    expect(JSON.parse(stored.get('soma.choices') ?? '')).toHaveLength(49)
  })

  it('is empty with anything else in the storage', async () => {
    for (const text of ['', '{', '[["one"]]', '[["one",{"model":1}]]', '[[1,{}]]', '{"a":1}', '[["one",null]]', '7']) {
      stored.set('soma.choices', text)
      expect((await load()).choiceIn('one')).toEqual({})
    }
  })
})
