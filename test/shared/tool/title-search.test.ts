import { describe, expect, it } from 'vitest'
import { titlesWith } from '../../../shared/tool/title-search.ts'

const sessions = ['Tea in Assam', 'A trip to Oslo', 'Tea and a trip', 'Café plans'].map((title) => ({ title }))
const found = (query: string, limit = 10) => titlesWith(sessions, query, limit).map(({ title }) => title)

describe('A search of titles', () => {
  it('puts titles with more words of the query first, and keeps their order otherwise', () => {
    expect(found('tea trip')).toEqual(['Tea and a trip', 'Tea in Assam', 'A trip to Oslo'])
    expect(found('tea', 1)).toEqual(['Tea in Assam'])
  })

  it('knows beginnings of words and accents, and finds nothing without a word in common', () => {
    expect(found('cafe pla')).toEqual(['Café plans'])
    expect(found('berlin')).toEqual([])
    expect(found('?!')).toEqual([])
  })
})
