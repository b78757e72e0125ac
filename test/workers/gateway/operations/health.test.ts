import { describe, expect, it } from 'vitest'
import { served } from '../http/served.ts'

const never = () => new Promise<never>(() => {})
/** A binding that fails whatever is asked of it. */
const broken = (touched: () => void) =>
  new Proxy({} as never, {
    get: () => () => {
      touched()
      throw new Error('away')
    },
  })
/** An object namespace whose objects answer every method so. */
const objects = (answer: () => unknown) => ({ getByName: () => new Proxy({}, { get: () => async () => answer() }) }) as never
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
  'BACKGROUND',
  'VAULT',
  'MODEL_DESK',
]

describe('/live, /health, /healthz and /v1/health', () => {
  it('answer ok and touch no dependency, whatever is away', async () => {
    let touched = 0
    const away = Object.fromEntries(bindings.map((name) => [name, broken(() => (touched += 1))])) as Partial<GatewayEnv>
    for (const path of ['/live', '/health', '/healthz', '/v1/health', '/live/']) {
      const answer = await served(path, {}, away)
      expect([path, answer.status, await answer.json()]).toEqual([path, 200, { status: 'ok' }])
      expect((await served(path, { method: 'HEAD' }, away)).status).toBe(200)
    }
    expect(touched).toBe(0)
  })
})

describe('/ready', () => {
  const ready = async (changed: Partial<GatewayEnv>) => {
    const answer = await served('/ready', {}, changed)
    const { status, dependencies } = (await answer.json()) as {
      status: string
      dependencies: { name: string; ok: boolean; detail?: string }[]
    }
    return {
      code: answer.status,
      status,
      objects: dependencies.find(({ name }) => name === 'objects'),
      postgres: dependencies.find(({ name }) => name === 'postgres'),
    }
  }

  it('is ok with its dependencies', async () => {
    expect(await ready({})).toMatchObject({ code: 200, status: 'ok', objects: { ok: true }, postgres: { ok: true } })
  })

  it('is 503 without the objects', async () => {
    const home = objects(() => Promise.reject(new Error('secret detail')))
    expect(await ready({ HOME: home })).toMatchObject({ code: 503, status: 'down', objects: { ok: false, detail: 'unreachable' } })
  })

  it('does not wait for a dependency that does not answer', async () => {
    const background = { ready: never, topics: never } as never
    expect(await ready({ BACKGROUND: background })).toMatchObject({
      code: 200,
      status: 'degraded',
      postgres: { ok: false, detail: 'no answer within 1000 ms' },
    })
    expect(await ready({ HOME: objects(never) })).toMatchObject({ code: 503, status: 'down' })
  })
})
