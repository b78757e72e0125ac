import { describe, expect, it } from 'vitest'
import { argumentParts, objectProblem, reveal } from '../../web/src/chat/calls/pretty.ts'

describe('The arguments of a call', () => {
  it('show a text with several lines alone, and the others as JSON', () => {
    expect(argumentParts('{"code":"let a = 1\\na","language":"js","n":1}')).toEqual([
      { name: null, text: '{\n  "language": "js",\n  "n": 1\n}' },
      { name: 'code', text: 'let a = 1\na' },
    ])
    expect(argumentParts('{"code":"a\\nb"}')).toEqual([{ name: 'code', text: 'a\nb' }])
    expect(argumentParts('{"text":"one line"}')).toEqual([{ name: null, text: '{\n  "text": "one line"\n}' }])
  })

  it('show anything that is no object as it is', () => {
    expect(['', '[1]', 'null', '{"a":', '"a\\nb"'].map((json) => argumentParts(json)[0]?.text)).toEqual([
      '{}',
      '[\n  1\n]',
      'null',
      '{"a":',
      '"a\\nb"',
    ])
  })

  it('show characters that would hide what runs', () => {
    expect(reveal('if (admin\u202e \u2066// then\u2069')).toBe('if (admin\\u{202e} \\u{2066}// then\\u{2069}')
    expect(argumentParts('{"to":"a\\u200bb\\ufeff"}')[0]?.text).toBe('{\n  "to": "a\\u{200b}b\\u{feff}"\n}')
    expect(reveal('👩‍👩‍👧 می‌خواهم')).toBe('👩‍👩‍👧 می‌خواهم')
  })

  it('can be edited as a JSON object only', () => {
    expect(['{}', ' {"a":1} ', '[1]', 'null', '1', '{', ''].map(objectProblem)).toEqual([
      null,
      null,
      'not_object',
      'not_object',
      'not_object',
      'not_json',
      'not_json',
    ])
  })
})
