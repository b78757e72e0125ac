import { deepEqual, equal, ok } from 'node:assert/strict'
import { describe, it } from 'node:test'
import { HtmlToMarkdown } from '../../../shared/lib/html-markdown.ts'

function convert(html: string, maxUnits = 50_000, pieceUnits = html.length) {
  const page = new HtmlToMarkdown(new URL('https://a.example/x/'), maxUnits)
  for (let index = 0; index < html.length; index += pieceUnits) page.write(html.slice(index, index + pieceUnits))
  return page.end()
}

const page = `<!doctype html><html><head><title>Tea &amp;\n more</title><style>a{}</style></head><body><nav>Home</nav>
<h1>Hi <b>bold</b> there</h1><p>One <a href="../y?q=(1)">link</a>, two.<br>Next <em>em</em>.</p>
<ul><li>A<li>B<ul><li>C</li></ul></li></ul><ol><li><p>x</p><p>y</p></li><li>z</ol>
<blockquote><p>q1</p><p>q2</p></blockquote><pre><code>if (a) {
  b \`\`\`
}</code></pre>
<table><tr><th>a|b</th><th>c</th></tr><tr><td>1<p>k</p></td><td>2</td></tr></table><hr>
<div hidden>no <div>1</div></div><p style="color:red; display : none">no 2</p><span aria-hidden="true">no 3</span>
<script>no(4)</script><a href="javascript:no(5)">plain</a> <img alt="a pot" src="x">`

const markdown = `Home

# Hi **bold** there

One [link](https://a.example/y?q=%281%29), two.
Next _em_.

- A
- B
  - C

1. x

   y

2. z

> q1
>
> q2

\`\`\`\`
if (a) {
  b \`\`\`
}
\`\`\`\`

| a\\|b | c |
| --- | --- |
| 1 k | 2 |

---

plain [image: a pot]`

describe('A page of HTML', () => {
  it('becomes Markdown without what people do not see', () => {
    deepEqual(convert(page), { title: 'Tea & more', markdown, isCut: false })
  })

  it('becomes the same text in whatever pieces it arrives', () => {
    for (const pieceUnits of [1, 7, 100])
      equal(convert(page, 50_000, pieceUnits).markdown.replace(/\s+/g, ' '), markdown.replace(/\s+/g, ' '))
  })

  it('is cut at the limit, and says so', () => {
    const { markdown, isCut } = convert('<p>word</p>'.repeat(1_000), 100)
    deepEqual([markdown.length, isCut], [100, true])
  })

  it('costs little for each byte, however it nests', () => {
    for (const bomb of [
      '<div>',
      '<ul><li>',
      '<blockquote>',
      '<b>',
      '<table><tr><td>',
      '<a href=x>',
      '<pre>',
      '</p>',
      '<p hidden>',
      '<!--',
      '<![CDATA[',
    ])
      ok(convert(`${bomb.repeat(100_000)}x`, 10_000).markdown.length <= 10_000, bomb)
    for (const run of [' ', '`', '|', '&', '<', '\n', '&#x20;'])
      for (const around of ['<pre>', '<p style="display:', '<td>', ''])
        ok(convert(`${around}${run.repeat(300_000)}x`, 10_000).markdown.length <= 10_000)
  })
})
