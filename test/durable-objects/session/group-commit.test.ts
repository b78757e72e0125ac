import { describe, expect, it } from 'vitest'
import { GroupCommit } from '../../../durable-objects/session/group-commit.ts'

/** The turn of the event loop in which each command ran. */
function countLoopTurns() {
  let turn = 0
  const tick = () => {
    turn++
    timer = setTimeout(tick, 0)
  }
  let timer = setTimeout(tick, 0)
  return { now: () => turn, stop: () => clearTimeout(timer) }
}

describe('Commands', () => {
  it('run at once when they arrive alone', async () => {
    const groupCommit = new GroupCommit()
    let runs = 0
    for (let n = 0; n < 3; n++) {
      const command = groupCommit.run(false, async () => void runs++)
      expect(runs).toBe(n + 1)
      await command
    }
  })

  it('that arrive together run in one batch, except the first', async () => {
    const groupCommit = new GroupCommit()
    const { now, stop } = countLoopTurns()
    const ranAt: number[] = []
    await Promise.all(
      Array.from({ length: 20 }, () =>
        groupCommit.run(false, async () => {
          ranAt.push(now())
        }),
      ),
    )
    stop()
    expect(ranAt[0]).toBe(0)
    expect(new Set(ranAt.slice(1)).size).toBe(1)
    expect(ranAt).toHaveLength(20)
  })

  it('wait for a batch after a batch, until they arrive alone again', async () => {
    const groupCommit = new GroupCommit()
    const run = (log: string[]) => groupCommit.run(false, async () => void log.push('ran'))
    await Promise.all([run([]), run([]), run([])])
    const log: string[] = []
    const single = run(log)
    expect(log).toEqual([])
    await single
    const next = run(log)
    expect(log).toHaveLength(2)
    await next
  })

  it('wait for a batch when the object is busy', async () => {
    const log: string[] = []
    const command = new GroupCommit().run(true, async () => void log.push('ran'))
    expect(log).toEqual([])
    await command
    expect(log).toEqual(['ran'])
  })

  it('are independent when one of them fails', async () => {
    const groupCommit = new GroupCommit()
    const failing = groupCommit.run(false, async () => {
      throw new Error('no')
    })
    const [other] = await Promise.all([groupCommit.run(false, async () => 'done'), failing.catch(() => {})])
    expect(other).toBe('done')
    let isCompleted = false
    const next = groupCommit.run(false, async () => {
      isCompleted = true
    })
    expect(isCompleted).toBe(true)
    await next
  })
})
