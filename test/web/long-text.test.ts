import { describe, expect, it } from 'vitest'
import { longTextUnits, maxMessages, messagesOf } from '../../web/src/chat/composer/long-text.ts'
import { maxMessageUnits } from '../../web/src/chat/composer/message-limit.ts'
import { directionOf } from '../../web/src/markdown/text-direction.ts'

describe('A long text', () => {
  it('is one message with the typed text if both fit', () => {
    const long = 'x'.repeat(longTextUnits + 1)
    expect(messagesOf('Look at this', long)).toEqual([`Look at this\n\n${long}`])
    expect(messagesOf(' \n', long)).toEqual([long])
    expect(messagesOf('only typed', '')).toEqual(['only typed'])
    expect(messagesOf('', ' ')).toEqual([])
  })

  it('becomes several messages that hold every character in order, each within the limit', () => {
    const texts = [
      'a line of words\n'.repeat(20_000),
      'words without a line break '.repeat(5_000),
      'x'.repeat(maxMessageUnits * 3 + 5),
      '👍'.repeat(maxMessageUnits),
      `x${'👍'.repeat(maxMessageUnits)}`,
    ]
    for (const text of texts) {
      const [first, ...parts] = messagesOf('Before', text)
      expect(first).toBe('Before')
      expect(parts.join('')).toBe(text)
      for (const part of parts) {
        expect(part.length).toBeLessThanOrEqual(maxMessageUnits)
        expect(part.isWellFormed()).toBe(true)
      }
    }
    expect(messagesOf('', texts[0] ?? '').every((part) => part.endsWith('\n'))).toBe(true)
  })

  it('of a megabyte is more than a session queues', () => {
    expect(messagesOf('', 'x'.repeat(1_000_000)).length).toBeGreaterThan(maxMessages)
  })
})

describe('The direction of a text', () => {
  it('is that of its first letter', () => {
    for (const text of ['Hello שלום', '1, 2: go', '', '… 42', 'ñandú', '日本語']) expect(directionOf(text), text).toBe('ltr')
    for (const text of ['שלום Hello', '12) مرحبا', '«سلام»', '\u200f1', 'ދިވެހި', 'ܣܘܪܝܝܐ', 'ߒߞߏ', '𞤆𞤵𞤤𞤢𞤪'])
      expect(directionOf(text), text).toBe('rtl')
  })

  it('is decided by the beginning of the text', () => {
    expect(directionOf(`${'1 '.repeat(200)}שלום`)).toBe('ltr')
  })
})
