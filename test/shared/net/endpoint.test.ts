import { equal } from 'node:assert/strict'
import { describe, it } from 'node:test'
import { baseAddress } from '../../../shared/net/base-address.ts'
import { validateEndpoint } from '../../../shared/net/endpoint.ts'

const isAllowed = (address: string, loopback = false) => validateEndpoint(address, { loopback }).ok

describe('An endpoint address', () => {
  it('is https on the public internet', () => {
    for (const address of [
      'https://api.openai.com/v1',
      'https://api.example.com:8443/v1',
      'https://8.8.8.8/v1',
      'https://[2606:4700::1111]/v1',
      'https://192.0.1.1/',
      'https://192.31.197.1/',
      'https://192.52.192.1/',
      'https://192.175.49.1/',
      'https://[2620:4f:8001::1]/',
      'https://172.32.0.1/',
      'https://localhost.example.com/',
    ])
      equal(isAllowed(address), true, address)
  })

  it('is never private, reserved or unnamed, in any spelling', () => {
    for (const address of [
      'https://169.254.169.254/latest/meta-data',
      'https://10.0.0.1/',
      'https://172.16.0.1/',
      'https://172.31.255.255/',
      'https://192.168.0.1/',
      'https://192.31.196.1/',
      'https://192.52.193.255/',
      'https://192.175.48.6/',
      'https://[2620:4f:8000::1]/',
      'https://100.64.0.1/',
      'https://0.0.0.0/',
      'https://224.0.0.1/',
      'https://255.255.255.255/',
      'https://198.18.0.1/',
      'https://2852039166/',
      'https://0xa9fea9fe/',
      'https://0251.0376.0251.0376/',
      'https://0xa9.254.43518/',
      'https://169.254.43518/',
      'https://①⑥⑨.254.169.254/',
      'https://[::]/',
      'https://[::ffff:169.254.169.254]/',
      'https://[::ffff:a9fe:a9fe]/',
      'https://[64:ff9b::a9fe:a9fe]/',
      'https://[fe80::1]/',
      'https://[fc00::1]/',
      'https://[fd12:3456::1]/',
      'https://[ff02::1]/',
      'https://[2001:db8::1]/',
      'https://[2001::1]/',
      'https://[2002:a9fe:a9fe::]/',
      'https://metadata.google.internal/',
      'https://metadata.google.internal./',
      'https://metadata/',
      'https://router.lan/',
      'https://printer.local/',
      'https://db.corp/',
    ])
      for (const loopback of [false, true]) equal(isAllowed(address, loopback), false, address)
  })

  it('L7. is no name of a private network, in any spelling', () => {
    for (const host of [
      'kubernetes.default.svc',
      'kubernetes.default.svc.cluster.local',
      'vault.service.consul',
      'db.localdomain',
      'fritz.box',
      'nas.fritz.box',
      'printer.lan',
      'wiki.corp',
      'host.docker.internal',
      'metadata.google.internal.',
      'metadata.google.internal..',
      'localhost..',
      'localhost...',
      'a.localhost..',
      'kubernetes.default.svc..',
      'router.home.arpa',
      '1.0.0.127.in-addr.arpa',
      'site.intranet',
      'x.onion',
      'x.example',
      'x.notatld',
      'com',
      'co.uk',
      'uk',
      'ＬＯＣＡＬＨＯＳＴ。',
      'db.svc。',
      'exa_mple',
    ])
      for (const scheme of ['https', 'http']) equal(isAllowed(`${scheme}://${host}/`), false, host)
  })

  it('is a public name with any public suffix', () => {
    for (const host of [
      'api.mistral.ai',
      'api.deepseek.com.',
      'm.example.co.uk',
      'my.openai.azure.com',
      'a.b.run.app',
      'köln.example.de',
      'x.github.io',
    ])
      equal(isAllowed(`https://${host}/v1`), true, host)
  })

  it('uses the ports that the operator allows', () => {
    for (const port of [22, 25, 80, 6379, 8080, 65_535]) {
      equal(isAllowed(`https://api.example.com:${port}/v1`), false, String(port))
      equal(validateEndpoint(`https://api.example.com:${port}/v1`, { loopback: false, ports: [443, port] }).ok, true, String(port))
    }
    for (const address of ['https://api.example.com/v1', 'https://api.example.com:443/v1', 'https://api.example.com:8443/v1']) {
      equal(isAllowed(address), true, address)
      equal(validateEndpoint(address, { loopback: false, ports: [9_000] }).ok, false, address)
    }
    equal(isAllowed('http://localhost:6379/v1', true), true)
  })

  it('may be on this machine in development only, also without TLS', () => {
    for (const address of [
      'http://localhost:11434/v1',
      'http://127.0.0.1:1/v1',
      'http://127.9.9.9/',
      'http://[::1]:8080/v1',
      'http://2130706433/',
      'http://a.localhost/',
    ]) {
      equal(isAllowed(address), false, address)
      equal(isAllowed(address, true), true, address)
    }
    equal(isAllowed('http://example.com/v1', true), false)
  })

  it('is http, without a password, a query or a fragment', () => {
    for (const address of [
      'ftp://example.com/',
      'file:///etc/passwd',
      'javascript:alert(1)',
      'data:text/plain,a',
      '//example.com',
      'example.com',
      '',
      'https://user@example.com/',
      'https://user:pass@example.com/',
      'https://example.com@169.254.169.254/',
      'https://example.com/?key=1',
      'https://example.com/#a',
      `https://example.com/${'a'.repeat(3_000)}`,
    ])
      equal(isAllowed(address, true), false, address)
  })
})

describe('A base address', () => {
  it('has no blanks around it, and no path of a call at its end', () => {
    for (const [text, address] of [
      [' https://api.example.com/v1 ', 'https://api.example.com/v1'],
      ['\ufeffhttps://api.example.com/v1\r\n', 'https://api.example.com/v1'],
      ['https://api.example.com/v1/chat/completions', 'https://api.example.com/v1'],
      ['https://api.example.com/v1/chat/completions/', 'https://api.example.com/v1'],
      ['https://api.example.com/v1/completions', 'https://api.example.com/v1'],
      ['https://api.example.com/v1?', 'https://api.example.com/v1'],
      ['https://api.example.com/v1/chat/completions?#', 'https://api.example.com/v1'],
      ['https://api.example.com/v1/', 'https://api.example.com/v1/'],
      ['https://api.example.com/chat', 'https://api.example.com/chat'],
      ['https://api.example.com/v1/messages', 'https://api.example.com/v1'],
      ['https://api.example.com/v1/responses', 'https://api.example.com/v1'],
      ['https://api.example.com/v1beta/models/m-1.5:streamGenerateContent', 'https://api.example.com/v1beta'],
      ['http://localhost:11434/api/chat', 'http://localhost:11434'],
      ['https://api.example.com/models/messages/v1', 'https://api.example.com/models/messages/v1'],
    ] as const)
      equal(baseAddress(text), address, text)
    const validated = validateEndpoint(' https://api.example.com/v1/chat/completions\n', { loopback: false })
    equal(validated.ok && validated.value.href, 'https://api.example.com/v1')
  })
})
