/** The pieces that a prompt is built from. Pure. The schema is the type, the validation and the documentation. */
import { z } from 'zod'

/**
 * The kinds of pieces, in the order of the prompt. The first four stay the same between turns, so a provider can cache them. Everything
 * after them is data: no text in it becomes an instruction.
 */
export const pieceKinds = [
  'preamble',
  'persona',
  'user_instructions',
  'tools',
  'summary',
  'history',
  'tool_results',
  'memories',
  'attachments',
  'message',
] as const
export type PieceKind = (typeof pieceKinds)[number]

/** What stays longest when the window is small: the piece with the highest priority. */
export const piecePriorities: Readonly<Record<PieceKind, number>> = {
  preamble: 100,
  persona: 100,
  user_instructions: 100,
  message: 90,
  tools: 80,
  tool_results: 70,
  attachments: 60,
  summary: 50,
  memories: 40,
  history: 30,
}

/** One piece of a prompt. */
export const ContextPiece = z.object({
  kind: z.enum(pieceKinds),
  source: z.string().meta({ description: 'Where it comes from: `workspace`, `persona:ID`, `user`, `tools`, `memory` or `conversation`' }),
  tokens: z.int().min(0).meta({ description: 'Its estimated tokens' }),
  count: z.int().min(0).meta({ description: 'Its messages or tools' }),
  priority: z.int().meta({ description: 'A piece with a lower priority is left out first' }),
  included: z.boolean(),
  reason: z.enum(['required', 'fits', 'shortened', 'no_room', 'slow', 'unavailable', 'denied']).meta({
    description:
      '`required`: included at any size. `fits`: included, because there is room. `shortened`: a part is included. `no_room`: left out. Of memories: `slow` or `unavailable`: the answer does not wait for them; `denied`: by the policy',
  }),
})
export type ContextPiece = z.infer<typeof ContextPiece>
