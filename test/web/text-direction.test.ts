import { describe, expect, it } from 'vitest'
import { isRightToLeft } from '../../web/src/markdown/text-direction.ts'

describe('The direction of HTML', () => {
  it.each([
    ['<p dir="auto">שלום</p>', true],
    ['&quot;<strong>שלום</strong>', true],
    ['<input type="checkbox" aria-label="Done"> مرحبا', true],
    ['<p>Hello שלום</p>', false],
    ['1, 2', false],
    ['<a href="https://example.com/', false],
  ])('%j', (html, expected) => {
    expect(isRightToLeft(html)).toBe(expected)
  })
})
