/** Images in the request of each dialect, as its documentation has them. */
import { describe, expect, it } from 'vitest'
import type { ModelMessage } from '../../../../../shared/model/model.ts'
import type { RemoteProvider } from '../../../../../shared/model/providers.ts'
import { dialects } from '../../../../../workers/conversation/models/dialects/dialects.ts'
import { shapeFor } from '../../../../../workers/conversation/models/request-shape.ts'

const images = [{ mime: 'image/png', data: 'AQID' }]
const messages: ModelMessage[] = [
  { role: 'user', text: 'the text of a file', document: true },
  { role: 'user', text: 'look', images },
]

function bodyOf(provider: RemoteProvider): Record<string, unknown> {
  const endpoint = { baseURL: 'https://models.test/v1', model: 'm', apiKey: '' }
  const request = { messages, tools: [], metadata: {}, at: 0 }
  return dialects[provider].request(endpoint, request, shapeFor(endpoint.baseURL, endpoint.model), 'p').body as Record<string, unknown>
}

const text = 'the text of a file\n\nlook'
const url = 'data:image/png;base64,AQID'

describe('An image', () => {
  it.each([
    [
      'openai-compatible',
      {
        messages: [
          {
            role: 'user',
            content: [
              { type: 'text', text },
              { type: 'image_url', image_url: { url } },
            ],
          },
        ],
      },
    ],
    [
      'openai-responses',
      {
        input: [
          {
            role: 'user',
            content: [
              { type: 'input_text', text },
              { type: 'input_image', detail: 'auto', image_url: url },
            ],
          },
        ],
      },
    ],
    [
      'anthropic',
      {
        messages: [
          {
            role: 'user',
            content: [
              { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AQID' } },
              { type: 'text', text, cache_control: { type: 'ephemeral' } },
            ],
          },
        ],
      },
    ],
    ['google', { contents: [{ role: 'user', parts: [{ inlineData: { mimeType: 'image/png', data: 'AQID' } }, { text }] }] }],
    ['ollama', { messages: [{ role: 'user', content: text, images: ['AQID'] }] }],
    [
      'workers-ai',
      {
        messages: [
          {
            role: 'user',
            content: [
              { type: 'text', text },
              { type: 'image_url', image_url: { url } },
            ],
          },
        ],
      },
    ],
  ] as const)('is a part of the message: %s', (provider, expected) => {
    const body = bodyOf(provider)
    for (const [field, value] of Object.entries(expected)) expect(body[field]).toEqual(value)
  })
})
