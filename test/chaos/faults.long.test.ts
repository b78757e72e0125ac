/** A short round of each fault that is not a kill, in sequence on one stack. `npm run chaos` runs longer ones. */
import { expect, it } from 'vitest'
import { chaos, summary } from './chaos.ts'

it('keeps its guarantees under outages, rejections, aborts, invalid input and many readers', async () => {
  const fault = 'away,away,poison,abort,counters,input,crowd'
  const rounds = fault.split(',').length
  const report = await chaos({ fault, rounds, seed: 11, sessions: 3, seconds: 3, readers: 60 })
  console.log(summary(report))
  expect(report.evidence).toEqual([])
  expect(report).toMatchObject({ lost: 0, duplicated: 0, stuck: 0, wrong: 0 })
  expect(report.acknowledged).toBeGreaterThan(110)
}, 300_000)
