import { describe, expect, it } from 'vitest'
import { GroupCommit } from '../../../durable-objects/session/group-commit.ts'

/** When each command was run, in turns of the event loop. */
function clock() {
  let turn = 0
  const tick = () => {
    turn++
    timer = setTimeout(tick, 0)
  }
  let timer = setTimeout(tick, 0)
  return { now: () => turn, stop: () => clearTimeout(timer) }
}

describe('Commands', () => {
  it('run at once when they come alone', async () => {
    const company = new GroupCommit()
    let ran = 0
    for (let n = 0; n < 3; n++) {
      const command = company.run(false, async () => void ran++)
      expect(ran).toBe(n + 1)
      await command
    }
  })

  it('that come together run together, but for the first', async () => {
    const company = new GroupCommit()
    const { now, stop } = clock()
    const ranAt: number[] = []
    await Promise.all(
      Array.from({ length: 20 }, () =>
        company.run(false, async () => {
          ranAt.push(now())
        }),
      ),
    )
    stop()
    expect(ranAt[0]).toBe(0)
    expect(new Set(ranAt.slice(1)).size).toBe(1)
    expect(ranAt).toHaveLength(20)
  })

  it('wait for company after others had some, until they are alone again', async () => {
    const company = new GroupCommit()
    const run = (ran: string[]) => company.run(false, async () => void ran.push('ran'))
    await Promise.all([run([]), run([]), run([])])
    const ran: string[] = []
    const alone = run(ran)
    expect(ran).toEqual([])
    await alone
    const next = run(ran)
    expect(ran).toHaveLength(2)
    await next
  })

  it('wait for company where it is known that more goes on', async () => {
    const ran: string[] = []
    const command = new GroupCommit().run(true, async () => void ran.push('ran'))
    expect(ran).toEqual([])
    await command
    expect(ran).toEqual(['ran'])
  })

  it('are no less free of each other when one of them fails', async () => {
    const company = new GroupCommit()
    const failing = company.run(false, async () => {
      throw new Error('no')
    })
    const [other] = await Promise.all([company.run(false, async () => 'done'), failing.catch(() => {})])
    expect(other).toBe('done')
    let ran = false
    const next = company.run(false, async () => {
      ran = true
    })
    expect(ran).toBe(true)
    await next
  })
})
