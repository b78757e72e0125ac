/** A short round of each fault that is not a kill. `npm run chaos` runs longer ones. */
import { expect, it } from 'vitest'
import { chaos, summary } from './chaos.ts'

it('keeps its guarantees under outages, rejections, aborts, invalid input and many readers', async () => {
  let acknowledged = 0
  // Counters are tested on a stack that counts, where one user may not open as many streams as the crowd does.
  // That stack follows changes of the sources, which costs more per start and per request.
  for (const fault of ['away,away,poison,input,crowd', 'counters,abort']) {
    const rounds = fault.split(',').length
    const report = await chaos({ fault, rounds, seed: 11, sessions: 3, seconds: 3, readers: 60 })
    console.log(summary(report))
    expect(report.evidence).toEqual([])
    expect(report).toMatchObject({ lost: 0, duplicated: 0, stuck: 0, wrong: 0 })
    acknowledged += report.acknowledged
  }
  expect(acknowledged).toBeGreaterThan(110)
}, 360_000)
