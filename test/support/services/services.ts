/** All fake services on one port: `/PROVIDER/…`. `GET /seen?text=…` returns the requests with that text. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text as textOf } from 'node:stream/consumers'
import type { RemoteProvider } from '../../../shared/model/providers.ts'
import { anthropic } from './anthropic.ts'
import { google } from './google.ts'
import { ollama } from './ollama.ts'
import { openAIChat } from './openai-chat.ts'
import { openAIResponses } from './openai-responses.ts'
import type { SeenServiceRequest } from './seen.ts'
import { directiveIn, type Service, scriptFor } from './service.ts'
import { workersAI } from './workers-ai.ts'

const services: Readonly<Record<RemoteProvider, Service>> = {
  'openai-compatible': openAIChat,
  anthropic,
  google,
  'openai-responses': openAIResponses,
  ollama,
  'workers-ai': workersAI,
}

/** What follows some text, as a line. */
const faults: Readonly<Record<string, string>> = {
  garbage: '{"text": oops SECRET-CONTENT\n\n',
  odd: '42\n\n',
  endless: `{"text":"${'x'.repeat(3_000_000)}`,
}

export interface FakeServices {
  /** Without a path. */
  readonly url: string
  close(): Promise<void>
}

export async function startFakeServices(): Promise<FakeServices> {
  const seen: { -readonly [Field in keyof SeenServiceRequest]: SeenServiceRequest[Field] }[] = []
  const server = createServer((request, response) => {
    answer(request, response).catch((error) => response.destroy(error))
  })

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '', 'http://fake')
    if (url.pathname === '/seen') {
      const wanted = url.searchParams.get('text') ?? ''
      response.end(JSON.stringify(seen.filter(({ body }) => JSON.stringify(body).includes(wanted))))
      return
    }
    const provider = Object.keys(services).find((name) => url.pathname.startsWith(`/${name}/`)) as RemoteProvider
    const service = services[provider]
    const path = `${url.pathname.slice(provider.length + 1)}${url.search}`
    if (request.method === 'GET' && path === service.models.path) {
      const hasKey = [request.headers.authorization, request.headers['x-api-key'], request.headers['x-goog-api-key']].some(Boolean)
      response.writeHead(hasKey ? 200 : 401, { 'content-type': 'application/json' })
      response.end(JSON.stringify(hasKey ? service.models.body : service.errorBody({ status: 401, text: 'no key' })))
      return
    }
    const received = await textOf(request)
    const body: unknown = received === '' ? undefined : JSON.parse(received)
    const entry = { provider, path, headers: request.headers, body, refusal: undefined as string | undefined, isAborted: false }
    seen.push(entry)
    const refuse = (status: number, text: string, headers: Record<string, string> = {}) => {
      entry.refusal = text
      response.writeHead(status, { 'content-type': 'application/json', ...headers })
      response.end(JSON.stringify(service.errorBody({ status, text })))
    }
    const refusal = service.refusal({ method: request.method ?? '', path, headers: request.headers, body })
    if (refusal) return refuse(refusal.status, refusal.text)
    const directive = directiveIn(service.lastUserText(body))
    const key = [request.headers['x-api-key'], request.headers['x-goog-api-key'], request.headers.authorization].find(Boolean) ?? ''
    if (directive.kind === 'html') {
      response.writeHead(200, { 'content-type': 'text/html' })
      response.end('<!doctype html><title>Sign in</title>')
      return
    }
    if (directive.kind === 'redirect') return refuse(302, 'elsewhere', { location: '/elsewhere' })
    if (/^\d{3}$/.test(directive.kind)) {
      return refuse(Number(directive.kind), `refused ${key}`, directive.after ? { 'retry-after': directive.after } : {})
    }
    response.on('close', () => {
      entry.isAborted = !response.writableEnded
    })
    response.writeHead(200, { 'content-type': service.contentType })
    const pieces = service.write(scriptFor(directive, service.roundsDone(body), String(key).replace('Bearer ', '')))
    const isBroken = ['error', 'cut', 'stall', ...Object.keys(faults)].includes(directive.kind)
    // The end is not sent: it begins after the last piece of the text.
    const sent = isBroken ? pieces.slice(0, pieces.findIndex((piece) => piece.includes('world.')) + 1) : pieces
    for (const piece of sent) response.write(piece)
    if (directive.kind === 'stall') return
    const fault = faults[directive.kind]
    if (fault !== undefined) response.write(service.contentType.includes('ndjson') ? fault : `data: ${fault}`)
    if (directive.kind === 'error') response.write(service.writeError('overloaded'))
    response.end()
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()))
        server.closeAllConnections()
      }),
  }
}
