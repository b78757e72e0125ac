/** Guarantees 1 to 4 under ten kills. `npm run chaos` runs more. */
import { expect, it } from 'vitest'
import { chaos, summary } from './chaos.ts'

it('loses, duplicates and blocks nothing when it is killed ten times', async () => {
  const report = await chaos({ fault: 'kill', rounds: 10, seed: 7, sessions: 4 })
  console.log(summary(report))
  expect(report.evidence).toEqual([])
  expect(report).toMatchObject({ lost: 0, duplicated: 0, stuck: 0, wrong: 0 })
  // Fewer events would prove little.
  expect(report.acknowledged).toBeGreaterThan(40)
  expect(report.recoveries.length).toBeGreaterThan(5)
}, 300_000)
