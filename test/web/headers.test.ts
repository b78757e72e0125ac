import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { root } from '../../scripts/project.ts'

/** The headers of each path in `web/public/_headers`. */
function headersOf(text: string): Record<string, Record<string, string>> {
  const headers: Record<string, Record<string, string>> = {}
  let path = ''
  for (const line of text.split('\n').filter(Boolean))
    if (/^\s/.test(line)) {
      const [, name = '', value = ''] = /^\s+([\w-]+):\s*(.*)$/.exec(line) ?? []
      headers[path] = { ...headers[path], [name.toLowerCase()]: value }
    } else path = line.trim()
  return headers
}

const headers = headersOf(readFileSync(join(root, 'web/public/_headers'), 'utf8'))
const pages = headers['/*'] ?? {}

describe('L9. The pages of the app', () => {
  it('have the security headers that the API has', () => {
    expect(Number(/^max-age=(\d+); includeSubDomains$/.exec(pages['strict-transport-security'] ?? '')?.[1])).toBeGreaterThanOrEqual(
      15_552_000,
    )
    expect(pages).toMatchObject({
      'cross-origin-resource-policy': 'same-origin',
      'cross-origin-opener-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
    })
  })

  it('allow no sensor, camera, microphone or payment', () => {
    for (const feature of ['camera', 'microphone', 'geolocation', 'payment', 'usb', 'display-capture'])
      expect(pages['permissions-policy']?.split(', ')).toContain(`${feature}=()`)
  })

  it('may have a manifest and a worker of this origin, and a new worker is never hidden by a cache', () => {
    expect(pages['content-security-policy']?.split('; ')).toEqual(expect.arrayContaining(["manifest-src 'self'", "worker-src 'self'"]))
    expect(headers['/service-worker.js']?.['cache-control']).toBe('no-cache')
    expect(headers['/manifest.webmanifest']?.['cache-control']).toMatch(/max-age=\d{1,4}$/)
  })

  it('run and load only what this origin serves', () => {
    const policy = pages['content-security-policy']
    for (const directive of ["default-src 'none'", "script-src 'self'", "base-uri 'none'", "frame-ancestors 'none'", "form-action 'self'"])
      expect(policy?.split('; ')).toContain(directive)
  })
})
