import { describe, expect, it } from 'vitest'
import { fetchWith } from '../http/gateway-with.ts'

/** A binding on which every call fails. */
const failingBinding = (onUse: () => void) =>
  new Proxy({} as never, {
    get: () => () => {
      onUse()
      throw new Error('unavailable')
    },
  })
const bindings = [
  'SESSION',
  'HOME',
  'DIRECTORY',
  'TENANT',
  'ISSUER',
  'LIMITER',
  'ACCOUNTS',
  'AUDIT_TRAIL',
  'MEMORY',
  'ATTACHMENTS',
  'UPLOADS',
  'FILES',
  'BACKGROUND',
  'VAULT',
  'MODEL_DESK',
]

describe('/live, /health, /healthz and /v1/health', () => {
  it('respond with ok and call no dependency, also while all of them are unavailable', async () => {
    let bindingUses = 0
    const failingBindings = Object.fromEntries(
      bindings.map((name) => [name, failingBinding(() => (bindingUses += 1))]),
    ) as Partial<GatewayEnv>
    for (const path of ['/live', '/health', '/healthz', '/v1/health', '/live/']) {
      const response = await fetchWith(path, {}, failingBindings)
      expect([path, response.status, await response.json()]).toEqual([path, 200, { status: 'ok' }])
      expect((await fetchWith(path, { method: 'HEAD' }, failingBindings)).status).toBe(200)
    }
    expect(bindingUses).toBe(0)
  })
})
