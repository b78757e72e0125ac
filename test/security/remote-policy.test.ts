/** Abuse case 10: OPA and OpenFGA that are unavailable, slow or faulty. */
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Stack, startStack } from '../support/stack.ts'
import { user } from '../support/user.ts'

const status = async (response: Promise<Response>): Promise<number> => (await response).status

/** An OPA or OpenFGA with answers that the test sets. */
class FakeEngine {
  answer: (response: ServerResponse) => void = (response) => response.end('{"result": true}')
  readonly #server: Server = createServer((request, response) => {
    request.resume()
    request.on('end', () => this.answer(response))
  })

  async start(): Promise<string> {
    await new Promise<void>((done) => this.#server.listen(0, '127.0.0.1', done))
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  stop(): void {
    this.#server.closeAllConnections()
    this.#server.close()
  }
}

describe('10. A remote policy engine that is unavailable, slow or faulty', () => {
  const opa = new FakeEngine()
  const fga = new FakeEngine()
  let stack: Stack

  beforeAll(async () => {
    stack = await startStack({ env: { OPA_URL: await opa.start(), OPENFGA_URL: await fga.start() } })
  }, 120_000)
  afterAll(async () => {
    await stack?.stop()
    opa.stop()
    fga.stop()
  })

  const faults: Record<string, (response: ServerResponse) => void> = {
    'a 500': (response) => response.writeHead(500).end('{"result": true}'),
    'a redirect': (response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
    'a closed connection': (response) => response.socket?.destroy(),
    'no response in time': () => {},
    'an answer that never ends': (response) => {
      response.write('{"result": ')
      const timer = setInterval(() => response.write(' '.repeat(10_000)), 5)
      response.on('close', () => clearInterval(timer))
    },
    'an empty object': (response) => response.end('{}'),
    'an empty body': (response) => response.end(),
    'no JSON': (response) => response.end('true'),
    'a list': (response) => response.end('[{"result": true}]'),
    '"true" as text': (response) => response.end('{"result": "true"}'),
    'a number': (response) => response.end('{"result": 1}'),
    'an object that allows': (response) => response.end('{"result": {"allow": true}}'),
    'no field `result`': (response) => response.end('{"allow": true}'),
    'null as the result': (response) => response.end('{"result": null}'),
    'false as the result': (response) => response.end('{"result": false}'),
  }

  /** Answers without a decision. OPA counts as unavailable, and the request is denied with 503. */
  const noDecision = [
    'a 500',
    'a redirect',
    'a closed connection',
    'no response in time',
    'an answer that never ends',
    'an empty body',
    'no JSON',
    'a list',
  ]

  for (const [name, answer] of Object.entries(faults))
    it(`10. OPA: ${name} denies`, async () => {
      const carol = user(stack.url, await stack.token('acme', 'carol'))
      opa.answer = (response) => response.end('{"result": true}')
      expect(await status(carol.call('GET', '/v1/sessions'))).toBe(200)
      opa.answer = answer
      const denied = await carol.call('GET', '/v1/sessions')
      const expected = noDecision.includes(name) ? [503, { type: '/problems/unavailable' }] : [403, { type: '/problems/denied' }]
      expect([denied.status, await denied.json()]).toMatchObject(expected)
    })

  it('10. OpenFGA: no faulty answer shares a session', async () => {
    // OPA allows everything, so only OpenFGA can refuse.
    opa.answer = (response) => response.end('{"result": true}')
    const owner = user(stack.url, await stack.token('acme', 'owner'))
    const share = { writes: [{ object: 'session:s10', relation: 'viewer', user: 'user:eve' }] }
    await owner.send('hello', { session_id: 's10' })
    for (const name of ['a 500', 'a closed connection', 'an empty object', 'no JSON', '"true" as text', 'an object that allows']) {
      fga.answer = faults[name] ?? fga.answer
      expect([name, await status(owner.call('POST', '/v1/relations', share))]).toEqual([name, 503])
    }
  })
})
