import { describe, expect, it } from 'vitest'
import { mayCall } from '../../../shared/settings/model-access.ts'

const main = { name: 'main', providerModel: 'gpt-4.1-mini' }
const lists = (allow: string[], deny: string[] = []) => ({ allow, deny })

describe('A model', () => {
  it('may be called without lists', () => expect(mayCall(lists([]), main)).toBe(true))

  it.each([['main'], ['gpt-4.1-mini'], ['gpt-*'], ['*'], ['other', 'ma*']])('may be called if %s is allowed', (...allow) =>
    expect(mayCall(lists(allow), main)).toBe(true),
  )

  it.each([['mai'], ['gpt-4.1'], ['mini'], ['Main'], ['gpt-4.1-mini-*']])('may not be called if only %s is allowed', (...allow) =>
    expect(mayCall(lists(allow), main)).toBe(false),
  )

  it('may not be called if it is denied, even if it is allowed', () => {
    for (const denied of ['main', 'gpt-*', '*']) expect(mayCall(lists(['main'], [denied]), main)).toBe(false)
  })

  it('that the call itself names is not allowed by the name of its profile', () => {
    const own = { ...main, providerModel: 'gpt-9', isOwnChoice: true }
    expect([mayCall(lists(['main']), own), mayCall(lists(['gpt-9']), own), mayCall(lists([], ['main']), own)]).toEqual([false, true, false])
  })
})
