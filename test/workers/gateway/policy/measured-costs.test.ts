import { expect, it } from 'vitest'
import { type CostClass, costs } from '../../../../workers/gateway/policy/cost-classes.ts'
import { measuredCosts } from '../../../../workers/gateway/policy/measured-costs.ts'

/** Classes whose memory is that of all Workers and objects. Others state the gateway's part of it. */
const wholeMemory: readonly CostClass[] = ['fork', 'importFile', 'restoreFile']

it('The declared costs of a request are at least the measured ones', () => {
  for (const [name, { cpuMs, memoryMb }] of Object.entries(measuredCosts) as [CostClass, (typeof measuredCosts)[CostClass]][]) {
    expect([name, costs[name].cpuMs >= cpuMs]).toEqual([name, true])
    if (wholeMemory.includes(name)) expect([name, costs[name].memoryBytes >= memoryMb * 1_000_000]).toEqual([name, true])
  }
})
