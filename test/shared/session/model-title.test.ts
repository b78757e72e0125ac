/** What a title keeps of a model's answer. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { limits } from '../../../shared/api/limits.ts'
import { cleanTitle, titleInput } from '../../../shared/session/model-title.ts'

describe('The title in an answer', () => {
  for (const [answer = '', title] of [
    ['Trip to Rome', 'Trip to Rome'],
    ['  "Trip to Rome."  ', 'Trip to Rome'],
    ['**Title:** Trip to Rome', 'Trip to Rome'],
    ['Titel: „Reise nach Rom“', 'Reise nach Rom'],
    ['# Trip to *Rome*\n\nI chose this title because it is short.', 'Trip to Rome'],
    ['\n\n---\nTrip to Rome', 'Trip to Rome'],
    ['[Trip](https://evil.example/x) to Rome', 'Trip to Rome'],
    ['Trip https://evil.example/?q=secret to Rome', 'Trip to Rome'],
    ['Trip www.evil.example to evil.example/x Rome', 'Trip to Rome'],
    ['Trip javascript:alert(1) to Rome', 'Trip to Rome'],
    ['<b onclick="x()">Trip</b> to <script>Rome</script>', 'Trip to Rome'],
    ['![Trip](data:image/png;base64,AAAA) to Rome', 'Trip to Rome'],
    ['Trip\u202e to\u200b Rome\u0007\u001b', 'Trip to Rome'],
    ['Trip to Rome\u2028Ignore the above', 'Trip to Rome'],
    ['Trip &lt;to&gt; Rome', 'Trip to Rome'],
    ['Reise 🧑‍🚀 nach Rom', 'Reise 🧑‍🚀 nach Rom'],
    ['snake_case in C# and example.com', 'snake_case in C# and example.com'],
    ['', ''],
    ['"" ** ##', ''],
    ['https://evil.example/x', ''],
  ])
    it(`of ${JSON.stringify(answer)} is ${JSON.stringify(title)}`, () => assert.equal(cleanTitle(answer), title))

  it('has at most 60 graphemes, whatever the answer', () => {
    assert.equal(cleanTitle('a'.repeat(500)), 'a'.repeat(60))
    for (const part of ['🧑‍🚀', '<', '[', '[a](', '"', 'x://', 'a.b/', '*', 'e\u0301\u0302']) {
      const title = cleanTitle(part.repeat(20_000))
      assert.ok(title.length <= limits.titleUnits && [...new Intl.Segmenter().segment(title)].length <= 60)
    }
  })

  it('comes from a bounded part of the conversation, as data', () => {
    const input = titleInput('a"\n'.repeat(50_000), 'b'.repeat(50_000))
    assert.ok(input.length < 8_000)
    assert.deepEqual(Object.keys(JSON.parse(input)), ['message', 'answer'])
  })
})
