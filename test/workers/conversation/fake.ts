/** The fake endpoint as seen from workerd: over HTTP. */
import { inject } from 'vitest'
import type { SeenRequest } from '../../support/seen-request.ts'
import type {} from './provided.ts'

export const modelUrl = inject('modelUrl')

let asked = 0

/** A message that makes the endpoint behave so, and that no other request has. */
export const prompt = (directive: string): string => `question ${++asked} of ${crypto.randomUUID()} [[fake ${directive}]]`

/** The requests that carried `text`, as the endpoint saw them. */
export async function seen(text: string): Promise<SeenRequest[]> {
  const response = await fetch(modelUrl.replace('/v1', '/requests'))
  const all = (await response.json()) as SeenRequest[]
  return all.filter(({ body }) => body.messages?.some(({ content }) => content === text))
}
