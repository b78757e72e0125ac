import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isHarmless } from '../../web/src/markdown/harmless-html.ts'

describe('Harmless HTML', () => {
  it('is text with formatting elements', () => {
    for (const html of [
      '',
      'text',
      '<p dir="auto">one <strong>two</strong> &amp; three<br></p>\n',
      '<li dir="auto" class="task rtl">a</li>',
      '</p>',
    ])
      expect(isHarmless(html), html).toBe(true)
  })

  it('has no other element, attribute, entity or open tag', () => {
    for (const html of [
      '<script>alert(1)</script>',
      '<p onclick="x">a</p>',
      '<p dir="auto" onclick="x">a</p>',
      '<p class="a" style="x">a</p>',
      '<p class="a" onfocus=x class="b">a</p>',
      '<p class="a&quot; onclick=x">a</p>',
      '<p dir="rtl">a</p>',
      '<a href="https://example.com">a</a>',
      '<img src=x>',
      '<svg><p></svg>',
      '<pre>a</pre>',
      '<style>p</style>',
      '<p',
      'a > b',
      '&colon;',
      '&#x3c;',
      '&lt',
      '<P>',
      '<p/onclick=x>',
      '<p\n>',
      '<!-- a -->',
      '<strongx>',
      '</p dir="auto" x>',
    ])
      expect(isHarmless(html), html).toBe(false)
  })

  it('stays so for no text with a tag put into it', () => {
    const parts = fc.constantFrom('<p dir="auto">', '</p>', 'text ', '&amp;', '<em>', '</em>')
    const evil = fc.constantFrom('<x>', '<script>', '<p x>', '<', '>', '&', '<p class="', '<iframe/>', '<em onload=a>')
    fc.assert(
      fc.property(fc.array(parts), evil, fc.array(parts.filter((part) => !part.startsWith('<'))), (before, bad, after) => {
        expect(isHarmless(before.join('') + bad + after.join(''))).toBe(bad === '&' && /^amp;/.test(after.join('')))
      }),
    )
  })

  it('is decided in time that grows with its length', () => {
    const long = '<p dir="auto">a &amp; b</p>'.repeat(200_000)
    expect([isHarmless(long), isHarmless(`${long}<`), isHarmless('&'.repeat(1_000_000))]).toEqual([true, false, false])
  })
})
