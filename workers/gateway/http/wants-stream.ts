/** Whether a client asks for an event stream. The same rule holds for every route that has one. */
import { Flag } from '../../../shared/api/flag.ts'
import type { GatewayContext } from './context.ts'

/** The media type of an event stream (HTML Living Standard §9.2). */
const eventStream = 'text/event-stream'

/** `?stream` decides, if it is given; else `Accept`, where JSON wins at equal weight. A route refuses another value of `stream`. */
export function wantsStream(c: GatewayContext): boolean {
  const stream = Flag.safeParse(c.req.query('stream'))
  return stream.success ? stream.data : prefersEventStream(c.req.header('accept') ?? '')
}

/** Whether `accept` (RFC 9110 §12.5.1) names event streams. If it names JSON too, event streams must have the greater weight. */
export function prefersEventStream(accept: string): boolean {
  const stream = weightOf(accept, eventStream)
  return stream > 0 && stream > weightOf(accept, 'application/json')
}

/** The weight of a media type that `accept` names; 0: it does not. */
function weightOf(accept: string, type: string): number {
  for (const part of accept.split(',')) {
    const [name = '', ...parameters] = part.split(';').map((text) => text.trim().toLowerCase())
    if (name !== type) continue
    const weight = parameters.find((parameter) => parameter.startsWith('q='))
    return weight === undefined ? 1 : Number(weight.slice(2)) || 0
  }
  return 0
}
