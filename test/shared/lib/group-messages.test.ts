import { describe, expect, it, vi } from 'vitest'
import { groupMessages } from '../../../shared/lib/group-messages.ts'

const message = (body: unknown) => ({ body, ack: vi.fn() })

describe('Messages of a queue', () => {
  it('are grouped by key, in order, under the first body', () => {
    const [first, second, third] = [message({ key: 'a', n: 1 }), message({ key: 'b', n: 2 }), message({ key: 'a', n: 3 })]
    const groups = groupMessages(
      [first, second, third],
      (body) => body as { key: string; n: number },
      ({ key }) => key,
      () => {},
    )
    expect([...groups]).toEqual([
      ['a', { body: { key: 'a', n: 1 }, messages: [first, third] }],
      ['b', { body: { key: 'b', n: 2 }, messages: [second] }],
    ])
    expect(first.ack).not.toHaveBeenCalled()
  })

  it('with an unreadable body are acknowledged and reported', () => {
    const unreadable = message('not a doorbell')
    const reported: unknown[] = []
    const groups = groupMessages(
      [unreadable],
      () => undefined,
      () => '',
      (report) => reported.push(report),
    )
    expect(groups.size).toBe(0)
    expect(reported).toEqual([unreadable])
    expect(unreadable.ack).toHaveBeenCalledOnce()
  })
})
