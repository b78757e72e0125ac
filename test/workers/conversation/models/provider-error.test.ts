import { describe, expect, it } from 'vitest'
import { providerError, toModelError } from '../../../../workers/conversation/models/provider-error.ts'

const key = 'a1/b2+c3/d4-canary'
const source = { address: 'the profile', key: 'the key `p`' }
const saidOf = (body: unknown) => toModelError(providerError(body, 418), key, source).report?.said ?? ''

describe('L13. The excerpt of an error', () => {
  it.each([
    ['a field that we do not know', `{"fault":{"text":"bad key ${key}"}}`],
    ['escaped slashes', `{"fault":{"text":"bad key ${key.replaceAll('/', '\\/')}"}}`],
    ['escaped letters', `{"fault":{"text":"bad key ${key.replaceAll('c', '\\u0063')}"}}`],
    ['an escaped message', `{"error":{"message":"bad key ${key.replaceAll('/', '\\/')}"}}`],
    ['a list', `[{"fault":"bad key ${key.replaceAll('/', '\\/')}"}]`],
    ['XML', `<Error><Text>bad key ${key}</Text></Error>`],
    ['a value within a stream', { fault: { text: `bad key ${key}` } }],
  ])('has no key: %s', (_, body) => {
    const said = saidOf(body)
    expect(said).toContain('bad key [key]')
    expect(said).not.toContain('canary')
  })

  it('is the text itself if it is not JSON, and empty for an empty body', () => {
    expect(saidOf('plain words')).toBe('plain words')
    expect(saidOf('')).toBe('')
    expect(saidOf(undefined)).toBe('')
    expect(saidOf('null')).toBe('null')
  })
})
