/** What both protocols of OpenAI share: their models, credentials and errors. */
import type { z } from 'zod'
import { refused, schemaProblem } from './schema.ts'
import type { Service } from './service.ts'

/** The service at `servicePath`. `problemOf`: what is wrong with a body that follows the schema; undefined: nothing. */
export const openAIService = <Body extends z.ZodType>(
  servicePath: string,
  Body: Body,
  problemOf: (body: z.infer<Body>) => string | undefined,
): Pick<Service, 'contentType' | 'models' | 'refusal' | 'errorBody'> => ({
  contentType: 'text/event-stream; charset=utf-8',
  models: {
    path: '/v1/models',
    body: {
      object: 'list',
      data: [
        { id: 'm-two', object: 'model' },
        { id: 'm-one', object: 'model' },
      ],
    },
  },
  refusal: ({ method, path, headers, body }) => {
    if (method !== 'POST' || path !== servicePath) return { status: 404, text: 'Unknown request URL' }
    if (!/^Bearer .+/.test(String(headers.authorization))) return { status: 401, text: 'You did not provide an API key.' }
    return schemaProblem(Body, body) ?? refused(problemOf(Body.parse(body)))
  },
  errorBody: ({ status, text }) => ({
    error: { message: text, type: status === 400 ? 'invalid_request_error' : 'requests', param: null, code: null },
  }),
})
