import { deepEqual, equal, ok } from 'node:assert/strict'
import { afterEach, describe, it, mock } from 'node:test'
import { allowsHost, normalHostPattern } from '../../../shared/net/host-pattern.ts'
import { type OutwardRules, validateOutwardAddress } from '../../../shared/net/outward-address.ts'
import { getOutward, type OutwardNetwork } from '../../../shared/net/outward-fetch.ts'

const open: OutwardRules = { allow: [], deny: [], loopback: false }
const isAllowed = (address: string, rules: Partial<OutwardRules> = {}) => validateOutwardAddress(address, { ...open, ...rules }).ok

describe('An address that a model chose', () => {
  it('is a page of the public internet', () => {
    for (const address of [
      'https://example.com/a?b=c#d',
      'http://example.com/',
      'https://example.com:443/',
      'http://example.com:80/',
      'https://8.8.8.8/',
      'https://[2606:4700::1111]/',
      ' https://bücher.example.com/ ',
      'https://1-2-3.example.com/',
      'https://release-1.2.3.4.example.com/',
    ])
      equal(isAllowed(address), true, address)
  })

  it('has a web port, no user and no other scheme', () => {
    for (const address of [
      'https://example.com:22/',
      'http://example.com:6379/',
      'ftp://example.com/',
      'file:///etc/passwd',
      'example.com',
      'data:text/html,x',
      'javascript:1',
      'https://a@example.com/',
      'https://a:b@example.com/',
      'https://',
      'https://..',
      `https://example.com/${'x'.repeat(2_048)}`,
    ])
      equal(isAllowed(address), false, address)
  })

  it('is no name that says where it resolves to', () => {
    for (const host of [
      '127.0.0.1.nip.io',
      '7f000001.nip.io',
      '10-0-0-1.sslip.io',
      'localtest.me',
      'a.lvh.me',
      '10.0.0.1.example.com',
      'x-192-168-0-1.example.com',
      'ip-169-254-169-254.example.com',
      '1.127.0.0.1.example.com',
    ])
      equal(isAllowed(`https://${host}/`), false, host)
  })

  it('is on this machine only where the operator and the workspace both say so', () => {
    equal(isAllowed('http://127.0.0.1:8123/', { allow: ['127.0.0.1:8123'], loopback: true }), true)
    equal(isAllowed('http://[::1]:8123/', { allow: ['[::1]:8123'], loopback: true }), true)
    equal(isAllowed('http://127.0.0.1:8123/', { allow: ['127.0.0.1:8123'] }), false)
    equal(isAllowed('http://127.0.0.1:8123/', { loopback: true }), false)
    equal(isAllowed('http://127.0.0.1:8124/', { allow: ['127.0.0.1:8123'], loopback: true }), false)
    equal(isAllowed('http://127.0.0.1/', { allow: ['127.0.0.1'], loopback: true }), false)
  })

  it('is on the allow list, if there is one, and never on the deny list', () => {
    const rules = { allow: ['*.example.com', 'example.org:8443'], deny: ['bad.example.com'] }
    equal(isAllowed('https://good.example.com/', rules), true)
    equal(isAllowed('https://good.example.com./', rules), true)
    equal(isAllowed('https://example.org:8443/', rules), true)
    for (const address of [
      'https://example.com/',
      'https://evilexample.com/',
      'https://example.org/',
      'https://bad.example.com/',
      'https://bad.example.com./',
      'https://BAD.example.com:80/',
      'https://10.0.0.1/',
      'https://good.example.com:8443/',
    ])
      equal(isAllowed(address, rules), false, address)
  })
})

describe('A pattern of hosts', () => {
  it('has one spelling', () => {
    deepEqual(['Example.COM.', '*.bücher.example', '127.1:80', '[::1]:8080'].map(normalHostPattern), [
      'example.com',
      '*.xn--bcher-kva.example',
      '127.0.0.1:80',
      '[::1]:8080',
    ])
    for (const text of [
      '',
      '*',
      '*.',
      'a b',
      'https://a.example',
      'a.example/x',
      'a.*.example',
      'a.example:0',
      'a.example:99999',
      'u@a.example',
      'a..example',
    ])
      equal(normalHostPattern(text), null, text)
    ok(allowsHost(['0x7f.1'], new URL('http://127.0.0.1/')))
  })
})

describe('A request to an address that a model chose', () => {
  afterEach(() => mock.restoreAll())

  const network = (changes: Partial<OutwardNetwork> = {}): OutwardNetwork => ({ rules: open, dnsUrl: '', mustBeClosed: false, ...changes })
  const get = (address: string, changes?: Partial<OutwardNetwork>) =>
    getOutward(address, {}, network(changes), new AbortController().signal)

  /** Responses by address, and the addresses that were requested. */
  function answers(responses: Readonly<Record<string, () => Response>>) {
    const seen: string[] = []
    mock.method(globalThis, 'fetch', async (input: string | URL) => {
      seen.push(`${input}`)
      return (responses[`${input}`] ?? (() => new Response('', { status: 404 })))()
    })
    return seen
  }
  const to = (location: string) => () => new Response(null, { status: 302, headers: { location } })

  it('judges each hop, and stops after five', async () => {
    const seen = answers({
      'https://a.example.com/': to('/b'),
      'https://a.example.com/b': to('http://169.254.169.254/latest'),
      'https://loop.example.com/': to('/'),
    })
    const inward = await get('https://a.example.com/')
    ok(!inward.ok && inward.error.includes('redirects to an address that is refused'))
    deepEqual(seen.splice(0), ['https://a.example.com/', 'https://a.example.com/b'])
    const endless = await get('https://loop.example.com/')
    ok(!endless.ok && endless.error.includes('more than 5'))
    equal(seen.length, 6)
  })

  it('asks the resolver first, and refuses a name with one private address', async () => {
    const dns = (records: readonly object[]) => () => Response.json({ Status: 0, Answer: records })
    const seen = answers({
      'https://dns.example.com/q?name=inside.example.com&type=1': dns([
        { type: 5, data: 'x.' },
        { type: 1, data: '8.8.8.8' },
        { type: 1, data: '10.0.0.1' },
      ]),
      'https://dns.example.com/q?name=inside.example.com&type=28': dns([]),
      'https://dns.example.com/q?name=mapped.example.com&type=1': dns([]),
      'https://dns.example.com/q?name=mapped.example.com&type=28': dns([{ type: 28, data: '::ffff:127.0.0.1' }]),
      'https://dns.example.com/q?name=none.example.com&type=1': dns([]),
      'https://dns.example.com/q?name=none.example.com&type=28': dns([]),
      'https://dns.example.com/q?name=good.example.com&type=1': dns([{ type: 1, data: '8.8.8.8' }]),
      'https://dns.example.com/q?name=good.example.com&type=28': dns([{ type: 28, data: '2606:4700::1111' }]),
      'https://good.example.com/': () => new Response('hello'),
    })
    const dnsUrl = 'https://dns.example.com/q'
    for (const name of ['inside', 'mapped', 'none', 'unknown'])
      equal((await get(`https://${name}.example.com/`, { dnsUrl })).ok, false, name)
    equal(seen.filter((url) => !url.startsWith(dnsUrl)).length, 0)
    equal((await get('https://good.example.com/', { dnsUrl })).ok, true)
    equal((await get('https://8.8.8.8/', { dnsUrl })).ok, true)
  })

  it('is not made in a network that reaches this machine', async () => {
    answers({ 'http://127.0.0.1/': () => new Response('a service'), 'https://a.example.com/': () => new Response('hello') })
    mock.method(console, 'error', () => {})
    const result = await get('https://a.example.com/', { mustBeClosed: true })
    ok(!result.ok && result.error.includes('SOMA_NETWORK_CHECK'))
  })
})
