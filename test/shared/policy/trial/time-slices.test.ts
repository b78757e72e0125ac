/** H1: the tests of an uploaded document let other requests run. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import plan from '../../../../policy/plan.json' with { type: 'json' }
import { runToEnd } from '../../../../shared/lib/steps.ts'
import { builtInPolicy } from '../../../../shared/policy/decision-point.ts'
import { examine, examineInSlices } from '../../../../shared/policy/trial/examine-constitution.ts'
import { runInSlices, sliceFuel } from '../../../../shared/policy/trial/time-slices.ts'

const builtIn = builtInPolicy(plan)

describe('H1: a long evaluation', () => {
  it('pauses whenever its steps have used the fuel of a slice', async () => {
    function* steps() {
      for (let index = 0; index < 10; index++) yield sliceFuel / 2
      return 'done'
    }
    let pauses = 0
    assert.equal(await runInSlices(steps(), async () => void pauses++), 'done')
    assert.equal(pauses, 5)
    assert.equal(runToEnd(steps()), 'done')
  })

  it('of a constitution with costly patterns pauses between its tests, and finds what an examination without pauses finds', async () => {
    const pattern = `(?i)[${Array.from({ length: 400 }, (_, index) => String.fromCodePoint(0x400 + 2 * index)).join('')}]{3}$`
    const input = { action: 'conversation.send', principal: {}, resource: {}, context: { text: 'д'.repeat(400) } }
    const document = {
      name: 'Costly',
      version: 1,
      principles: [],
      rules: [{ kind: 'texts', article: '1', says: 'No.', in: ['message'], patterns: Array(5).fill(pattern) }],
      tests: Array.from({ length: 100 }, () => ({ input, allow: true })),
    }
    let pauses = 0
    const found = await examineInSlices(document, builtIn.plan, 0, async () => void pauses++)
    assert.ok(found.wellFormed)
    assert.ok(pauses > 5, `${pauses} pauses`)
    assert.deepEqual(found.problems, examine(document, builtIn.plan, 0).problems)
  })
})
