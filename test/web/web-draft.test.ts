import { describe, expect, it } from 'vitest'
import { Settings } from '../../shared/settings/settings.ts'
import { accessDraftOf, accessOf, searchDraftOf, searchOf } from '../../web/src/settings/web/web-draft.ts'

const { web, search } = Settings.parse({
  web: { allow: ['example.com', '*.example.org:8443'], deny: ['private.example.com'] },
  search: { engine: 'brave', credential: 'brave' },
})

describe('The forms of web access and web search', () => {
  it('state the settings that they were made from', () => {
    expect(accessOf(accessDraftOf(web))).toEqual(web)
    expect(searchOf(searchDraftOf(search))).toEqual(search)
  })

  it('read hosts with any separators', () => {
    expect(accessOf({ allow: ' a.com,b.com\n\n*.c.com ', deny: '' })).toEqual({ allow: ['a.com', 'b.com', '*.c.com'], deny: [] })
  })

  it('keep only what the engine uses', () => {
    const draft = { address: ' https://search.example.com ', credential: 'brave' }
    expect(searchOf({ engine: 'none', ...draft })).toEqual({ engine: 'none' })
    expect(searchOf({ engine: 'searxng', ...draft })).toEqual({ engine: 'searxng', base_url: 'https://search.example.com' })
    expect(searchOf({ engine: 'brave', ...draft, address: '' })).toEqual({ engine: 'brave', credential: 'brave' })
  })
})
