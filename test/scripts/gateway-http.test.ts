import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { root } from '../../scripts/project.ts'

const folder = join(root, 'workers/gateway')
const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'))
  .map((file) => ({ file, source: readFileSync(join(folder, file), 'utf8') }))
const filesWith = (pattern: RegExp) => sources.filter(({ source }) => pattern.test(source)).map(({ file }) => file)

describe('The gateway', () => {
  it('reads the address of a request in one file, so that SOMA_PUBLIC_URL applies everywhere', () => {
    expect(filesWith(/\breq\.url\b/)).toEqual(['http/public-url.ts'])
    expect(filesWith(/header\(['"](?:x-forwarded-|forwarded|host['"])/i)).toEqual([])
  })

  it('describes every route by one function, so that no route accepts unknown fields', () => {
    expect(filesWith(/createRoute[^}]*\} from '@hono\/zod-openapi'/)).toEqual(['http/route.ts'])
  })

  it('decides in one file whether a client wants a stream', () => {
    expect(filesWith(/req\.query\('stream'\)|valid\('query'\)\.stream/)).toEqual(['http/wants-stream.ts'])
  })
})
