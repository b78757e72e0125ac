/** The change of Miniflare's encoder. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { miniflareFile, smallGrowth } from '../../scripts/stack/miniflare.ts'

describe('The encoder of Miniflare', () => {
  it('has the constant that makes its buffer grow in small steps, once', () => {
    expect(readFileSync(miniflareFile, 'utf8').split(smallGrowth)).toHaveLength(2)
  })
})
