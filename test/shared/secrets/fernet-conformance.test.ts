/** The Fernet specification's vectors, from the folder beside the project. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { Fernet } from '../../../shared/secrets/fernet.ts'
import { describeWithData } from '../../support/conformance.ts'

interface Vector {
  readonly desc?: string
  readonly token: string
  readonly now: string
  readonly iv?: readonly number[]
  readonly ttl_sec?: number
  readonly src?: string
  readonly secret: string
}

const folder = join(import.meta.dirname, '../../../../shared/conformance/fernet')
const load = (name: string): Vector[] => (existsSync(folder) ? JSON.parse(readFileSync(join(folder, name), 'utf8')) : [])

async function fernet(key: string): Promise<Fernet> {
  const created = await Fernet.withKey(key)
  if (!created.ok) throw new Error('the vector has no key')
  return created.value
}

describeWithData("Fernet's vectors", 'fernet', () => {
  it.each(load('generate.json'))('writes $src as the specification does', async ({ token, now, iv, src = '', secret }) => {
    const actual = await fernet(secret)
    expect(await actual.seal(new TextEncoder().encode(src), Date.parse(now), new Uint8Array(iv ?? []))).toBe(token)
  })

  it.each(load('verify.json'))('reads $src', async ({ token, now, ttl_sec, src, secret }) => {
    const opened = await (await fernet(secret)).open(token, Date.parse(now), ttl_sec)
    expect(opened.ok && new TextDecoder().decode(opened.value)).toBe(src)
  })

  it.each(load('invalid.json'))('refuses: $desc', async ({ token, now, ttl_sec, secret }) => {
    expect((await (await fernet(secret)).open(token, Date.parse(now), ttl_sec)).ok).toBe(false)
  })
})
