import { describe, expect, it } from 'vitest'
import { firstTurns } from '../../web/src/chat/thread/use-turn-window.ts'
import { notifyInterval } from '../../web/src/state/thread-store.ts'

describe('A thread', () => {
  it('mounts first what the screen can hold, and no more than 20 turns', () => {
    expect([430, 800, 844, 1440, 4_000].map(firstTurns)).toEqual([4, 7, 7, 11, 20])
  })

  it('renders every other frame, and less often where rendering takes longer, but ten times a second', () => {
    expect([0, 4, 10, 30, 500].map(notifyInterval)).toEqual([25, 25, 40, 100, 100])
  })
})
