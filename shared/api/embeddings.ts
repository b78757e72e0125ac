/** Embeddings in the shape of OpenAI's API (`POST /v1/embeddings`). */
import { z } from 'zod'
import { limits } from './limits.ts'
import { ignored } from './openai-chat.ts'

/** The most texts of one request, and the most numbers of one vector. */
export const embeddingLimits = { texts: 256, dimensions: 4_096 } as const

const Input = z
  .string('must be a text, or a list of texts: lists of tokens are not read')
  .min(1, 'must not be empty')
  .max(limits.itemUnits, `must have at most ${limits.itemUnits} UTF-16 units`)

/** Texts, and the model that embeds them. */
export const EmbeddingRequest = z
  .object({
    model: z.string().min(1).max(200).meta({
      description:
        'A model profile of an OpenAI-compatible provider. `default` and `builtin`: a hash, which finds equal texts, not similar ones',
    }),
    input: z.union([Input, z.array(Input).min(1).max(embeddingLimits.texts)]),
    dimensions: z.int().min(1).max(embeddingLimits.dimensions).nullish(),
    encoding_format: z.enum(['float', 'base64']).nullish().meta({ description: 'Default: `float`' }),
    user: ignored,
  })
  .meta({ id: 'EmbeddingRequest' })
export type EmbeddingRequest = z.infer<typeof EmbeddingRequest>

/** The vectors, in the order of the texts. */
export const EmbeddingList = z
  .object({
    object: z.literal('list'),
    model: z.string(),
    data: z.array(
      z.object({
        object: z.literal('embedding'),
        index: z.int(),
        embedding: z.union([z.array(z.number()), z.string().meta({ description: '32-bit numbers, little-endian, in base64' })]),
      }),
    ),
    usage: z.object({ prompt_tokens: z.int(), total_tokens: z.int() }),
  })
  .meta({ id: 'EmbeddingList' })
export type EmbeddingList = z.infer<typeof EmbeddingList>
