import { describe, expect, it } from 'vitest'
import { sharedStack } from '../support/shared-stack.ts'

describe('L9. The served app', () => {
  it('has HSTS, CORP, a permissions policy and the content security policy on its pages and files', async () => {
    const { url } = await sharedStack()
    const page = await fetch(`${url}/`, { headers: { accept: 'text/html' } })
    const script = /src="(\/assets\/[^"]+\.js)"/.exec(await page.text())?.[1] ?? 'none'
    for (const path of ['/', '/settings/account', script]) {
      const { headers, status } = await fetch(`${url}${path}`, { headers: { accept: 'text/html,*/*' } })
      expect([path, status]).toEqual([path, 200])
      expect(headers.get('strict-transport-security'), path).toMatch(/^max-age=\d{8,}; includeSubDomains$/)
      expect(headers.get('cross-origin-resource-policy'), path).toBe('same-origin')
      expect(headers.get('permissions-policy'), path).toContain('camera=()')
      expect(headers.get('content-security-policy'), path).toContain("default-src 'none'")
    }
  })
})
