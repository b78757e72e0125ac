/** The remote driver against misbehaving servers: none of them causes a yes. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { openFga } from '../../../shared/relations/openfga.ts'
import { isAllowed } from '../../../shared/relations/relations.ts'

const id = '01HZZZZZZZZZZZZZZZZZZZZZZZ'
const question = { object: 'document:d', relation: 'viewer', user: 'user:anne' }

const remote = (answer: (request: Request) => Response | Promise<Response>, timeoutMs = 1_000) =>
  openFga({
    url: 'https://fga.example/',
    storeId: id,
    modelId: id,
    token: 'secret',
    timeoutMs,
    fetch: (input, init) => Promise.resolve(answer(new Request(input as string, init as RequestInit))),
  })

describe('An OpenFGA server', () => {
  it('receives checks with the key, the pinned model and the newest consistency', async () => {
    let receivedRequest: unknown
    const relations = remote(async (request) => {
      receivedRequest = [request.method, request.url, request.headers.get('authorization'), request.redirect, await request.json()]
      return Response.json({ allowed: true })
    })
    assert.equal(isAllowed(await relations.check({ ...question, contextualTuples: [question], context: { x: 1 } })), true)
    assert.deepEqual(receivedRequest, [
      'POST',
      `https://fga.example/stores/${id}/check`,
      'Bearer secret',
      'manual',
      {
        authorization_model_id: id,
        tuple_key: question,
        contextual_tuples: { tuple_keys: [question] },
        context: { x: 1 },
        consistency: 'HIGHER_CONSISTENCY',
      },
    ])
  })

  it('grants only with true', async () => {
    const bodies = [
      '',
      '{}',
      'null',
      '[]',
      'true',
      '{"allowed":"true"}',
      '{"allowed":1}',
      '{"allowed":null}',
      '{"Allowed":true}',
      '{"result":true}',
      '{"allowed":true',
      '<html>',
    ]
    for (const body of bodies) {
      const result = await remote(() => new Response(body)).check(question)
      assert.equal(isAllowed(result), false, body)
      assert.equal(!result.ok && result.error.code, 'unavailable', body)
    }
    assert.deepEqual(await remote(() => Response.json({ allowed: false })).check(question), { ok: true, value: false })
  })

  it('grants nothing with another status', async () => {
    for (const status of [204, 301, 302, 400, 401, 403, 404, 409, 429, 500, 503]) {
      const response = () =>
        new Response(status === 204 ? null : '{"allowed":true}', { status, headers: { location: 'https://elsewhere.example' } })
      const result = await remote(response).check(question)
      assert.equal(!result.ok && result.error.code, 'unavailable', String(status))
    }
  })

  it('passes its own error codes on', async () => {
    const checkWith = (code: unknown) => remote(() => Response.json({ code, message: 'why' }, { status: 400 })).check(question)
    assert.deepEqual(await checkWith('validation_error'), { ok: false, error: { code: 'validation_error', detail: 'why' } })
    const echo = ({ headers }: Request) =>
      Response.json({ code: 'validation_error', message: `bad ${headers.get('authorization')}` }, { status: 400 })
    assert.deepEqual(await remote(echo).check(question), { ok: false, error: { code: 'validation_error', detail: 'bad Bearer [key]' } })
    for (const code of ['toString', '__proto__', 'new_error', 7])
      assert.deepEqual(await checkWith(code), { ok: false, error: { code: 'unavailable', detail: 'OpenFGA responded with 400' } })
  })

  it('times out, both for its head and its body', async () => {
    const neverRespond = ({ signal }: Request) =>
      new Promise<Response>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    const timedOut = await remote(neverRespond, 30).check(question)
    assert.deepEqual(timedOut, { ok: false, error: { code: 'unavailable', detail: 'OpenFGA did not respond within 30 ms' } })
    const slowBody = ({ signal }: Request) =>
      new Response(
        new ReadableStream({
          start(controller) {
            controller.enqueue(new TextEncoder().encode('{"allowed":'))
            signal.addEventListener('abort', () => controller.error(signal.reason))
          },
        }),
      )
    assert.equal((await remote(slowBody, 30).check(question)).ok, false)
  })

  it('is not read beyond the size limit', async () => {
    let pulled = 0
    const flood = () =>
      new Response(
        new ReadableStream({
          pull(controller) {
            pulled += 1
            controller.enqueue(new Uint8Array(16_384).fill(0x20))
          },
        }),
      )
    assert.equal((await remote(flood).check(question)).ok, false)
    assert.ok(pulled < 20)
  })

  it('that is unreachable gives no result', async () => {
    const broken = remote(() => {
      throw new TypeError('fetch failed')
    })
    assert.deepEqual(await broken.check(question), { ok: false, error: { code: 'unavailable', detail: 'OpenFGA cannot be reached' } })
    assert.deepEqual(await broken.write({ writes: [question] }), {
      ok: false,
      error: { code: 'unavailable', detail: 'OpenFGA cannot be reached' },
    })
  })

  it('accepts ids only, not paths', () => {
    for (const storeId of ['', '../admin', `${id}/x`, id.toLowerCase()])
      assert.throws(() => openFga({ url: 'https://fga.example', storeId, modelId: id }))
  })
})
