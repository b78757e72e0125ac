/** Long JSON in steps has the value and the errors of `JSON.parse`, and no long step. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { parseJsonSteps, searchUnits } from '../../../shared/lib/json-steps.ts'
import { runToEnd } from '../../../shared/lib/steps.ts'

/** The value as text, so that the order of members counts; or `error`. */
const outcome = (parse: () => unknown): string => {
  try {
    return JSON.stringify(parse())
  } catch (error) {
    assert.ok(error instanceof SyntaxError)
    return 'error'
  }
}
const expectSameOutcome = (text: string) =>
  assert.equal(
    outcome(() => runToEnd(parseJsonSteps(text))),
    outcome(() => JSON.parse(text)),
    text.slice(0, 100),
  )

/** A text that is longer than a step. */
const long = 'x"\\[{,:é'.repeat(40_000)

describe('JSON in steps', () => {
  it('has the value of JSON.parse, for any content', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), fc.string(), (before, after, name) => {
        for (const value of [[before, long, after], { before, [name]: long, after }, [[before, [long]], { a: { [name]: [after, long] } }]])
          for (const indent of [undefined, 2]) expectSameOutcome(JSON.stringify(value, null, indent))
      }),
      { numRuns: 30 },
    )
  })

  it('has the errors of JSON.parse, at any position', () => {
    const text = JSON.stringify({ version: 'v', events: [1, { a: long }, [2, long], 'end'], last: null })
    fc.assert(
      fc.property(
        fc.nat(text.length - 1),
        fc.constantFrom('', ',', ',,', ']', '}', '[', '{', '"', ':', '\\', ' ', '\u00a0', '0', '\n'),
        (at, inserted) => {
          expectSameOutcome(text.slice(0, at) + inserted + text.slice(at + 1))
          expectSameOutcome(text.slice(0, at) + inserted + text.slice(at))
        },
      ),
      { numRuns: 60 },
    )
    for (const text of [
      `[${JSON.stringify(long)},]`,
      `[,${JSON.stringify(long)}]`,
      `[${' '.repeat(600_000)}]`,
      `{${' '.repeat(600_000)}}`,
      `[1] [${JSON.stringify(long)}]`,
    ])
      expectSameOutcome(text)
    for (const text of [
      `[1,,${JSON.stringify(long)}]`,
      `{"a":1,,"b":${JSON.stringify(long)}}`,
      `\u00a0[${JSON.stringify(long)}]`,
      `[${'1,'.repeat(300_000)}]`,
    ])
      expectSameOutcome(text)
  })

  it('keeps the last of two members with one name, and sets no prototype', () => {
    const text = `{"a":1,"__proto__":{"x":${JSON.stringify(long)}},"b":${JSON.stringify(long)},"a":2}`
    expectSameOutcome(text)
    assert.equal(Object.getPrototypeOf(runToEnd(parseJsonSteps(text))), Object.prototype)
  })

  it('pauses at least every half million units', () => {
    for (const value of [
      Array.from({ length: 60_000 }, (_, index) => ({ index, text: 'word '.repeat(20) })),
      { events: Array(40).fill(long) },
    ]) {
      const text = JSON.stringify(value)
      const steps = parseJsonSteps(text)
      let pauses = 0
      while (!steps.next().done) pauses += 1
      assert.ok(pauses >= text.length / 600_000, `${pauses} pauses of ${text.length} units`)
    }
  })

  for (const [name, unit] of Object.entries({ letters: 'x', quotes: '\\"', backslashes: '\\\\' }))
    it(`pauses inside one long text of ${name}, and finds its end`, () => {
      const inside = unit.repeat((4 * searchUnits) / unit.length)
      // An odd offset puts the border of a step inside an escape.
      for (const offset of ['', 'x']) {
        const text = `["${offset}${inside}",1]`
        const steps = parseJsonSteps(text)
        let pauses = 0
        let step = steps.next()
        for (; !step.done; step = steps.next()) pauses += 1
        assert.ok(pauses >= 6, `${pauses} pauses`)
        assert.equal(JSON.stringify(step.value), text)
      }
      expectSameOutcome(`["${inside}`)
      expectSameOutcome(`["${inside}\\"`)
    })

  it('pauses in long white space', () => {
    const space = ' '.repeat(3 * searchUnits)
    for (const text of [`${space}[1]`, `[1]${space}`]) {
      const steps = parseJsonSteps(text)
      let pauses = 0
      while (!steps.next().done) pauses += 1
      assert.ok(pauses >= 3, `${pauses} pauses`)
    }
  })

  it('parses deep nesting in one step', () => assert.ok(runToEnd(parseJsonSteps('['.repeat(200_000) + ']'.repeat(200_000)))))
})
