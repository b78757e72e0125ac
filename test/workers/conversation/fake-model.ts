/** A client of the fake model endpoint, for tests in workerd. */
import { inject } from 'vitest'
import type { SeenRequest } from '../../support/seen-request.ts'
import type {} from './provided.ts'

export const modelUrl = inject('modelUrl')

let count = 0

/** A unique message with a directive for the endpoint. */
export const prompt = (directive: string): string => `question ${++count} of ${crypto.randomUUID()} [[fake ${directive}]]`

/** The endpoint's received requests with the message `text`. */
export async function requestsWith(text: string): Promise<SeenRequest[]> {
  const response = await fetch(modelUrl.replace('/v1', '/requests'))
  const all = (await response.json()) as SeenRequest[]
  return all.filter(({ body }) => body.messages?.some(({ content }) => content === text))
}
