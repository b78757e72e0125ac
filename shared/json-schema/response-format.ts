/** Answers in a fixed form: JSON that follows a schema. Pure. The schema is the type, the validation and the documentation. */
import { z } from 'zod'
import { type JsonSchema, schemaLimits, schemaProblem } from './schema.ts'
import { valueProblem } from './validate.ts'

const Schema = (z.record(z.string(), z.unknown()) as unknown as z.ZodType<JsonSchema, JsonSchema>)
  .superRefine((schema, context) => {
    const problem = schemaProblem(schema)
    if (problem) context.addIssue({ code: 'custom', path: [...problem.path], message: problem.detail })
  })
  .meta({ description: `A JSON Schema of at most ${schemaLimits.units} UTF-16 units. Keywords that are not checked are refused` })

/** The form of an answer, in the shape of OpenAI's API. */
export const ResponseFormat = z.strictObject({
  type: z.literal('json_schema'),
  json_schema: z.strictObject({
    name: z.string().regex(/^[\w-]{1,64}$/, 'must be 1 to 64 letters, digits, "-" or "_"'),
    description: z.string().max(1_000).exactOptional().meta({ description: 'What the answer is for. The model receives it' }),
    strict: z.boolean().exactOptional().meta({
      description: "Whether OpenAI's own service must generate by the schema. It then takes fewer keywords. Every answer is checked here",
    }),
    schema: Schema,
  }),
})
export type ResponseFormat = z.infer<typeof ResponseFormat>

/** The text that asks for the form, for a model whose provider takes no schema. It stands in the user's message, so it has no more rights. */
export const formatRequest = ({ json_schema: { name, description, schema } }: ResponseFormat): string =>
  `Answer with one JSON value and nothing else: no Markdown, no words before or after it. It must follow this JSON Schema, \`${name}\`${description ? ` (${description})` : ''}:\n${JSON.stringify(schema)}`

/** Why `text` is not an answer in the form, as the end of a sentence about it. Undefined: it is one. */
export function answerProblem({ json_schema: { schema } }: ResponseFormat, text: string): string | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return 'the answer is not JSON'
  }
  const problem = valueProblem(schema, value)
  return problem && `${problem.path === '' ? 'the answer' : `\`${problem.path}\``} ${problem.detail}`
}

/** The message that asks the model once more. */
export const repairRequest = ({ json_schema: { name } }: ResponseFormat, problem: string): string =>
  `Your answer does not follow the JSON Schema \`${name}\`: ${problem}. Write the whole answer again, as JSON that follows it, and nothing else.`

/** The sentence of a turn without an answer in the form. `isRepaired`: the model was asked once more. */
export const formatFailure = ({ json_schema: { name } }: ResponseFormat, problem: string, isRepaired: boolean): string =>
  `The answer does not follow the JSON Schema \`${name}\`: ${problem}.${isRepaired ? ' The model was asked to repair it once.' : ''} Make the schema simpler, or choose another model.`
