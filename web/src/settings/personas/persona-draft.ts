import type { PersonaView } from '../../../../shared/api/personas.ts'
import type { Persona } from '../../../../shared/persona/persona.ts'

/** The tools of a persona, as the form has them. */
export type ToolChoice = 'all' | 'none' | 'some'

export type TextField =
  | 'id'
  | 'name'
  | 'description'
  | 'instructions'
  | 'model'
  | 'temperature'
  | 'toolNames'
  | 'starters'
  | 'greeting'
  | 'answerSchema'
  | 'tokens'
  | 'money'

/** A persona as the texts of its form. */
export type PersonaDraft = Record<TextField, string> & {
  readonly tools: ToolChoice
  readonly approval: Persona['approval']
  readonly memory: Persona['memory']
  readonly visibility: Persona['visibility']
  /** The stored answer format. The form changes only its schema. */
  readonly responseFormat: Persona['response_format']
}

/** An amount as text. Empty: no limit. */
const amount = (value: number | undefined): string => (value ? String(value) : '')

/** Fills the form from a persona; undefined for a new one. A release before these fields answers without them. */
export function draftOf(persona: Partial<PersonaView> | undefined): PersonaDraft {
  const {
    id,
    name,
    description,
    instructions,
    model,
    temperature,
    tools = null,
    starters,
    greeting,
    budget,
    approval,
    memory,
    visibility,
    response_format,
  } = persona ?? {}
  return {
    id: id ?? '',
    name: name ?? '',
    description: description ?? '',
    instructions: instructions ?? '',
    model: model ?? '',
    temperature: temperature === null || temperature === undefined ? '' : String(temperature),
    tools: tools === null ? 'all' : tools.length === 0 ? 'none' : 'some',
    toolNames: (tools ?? []).join(', '),
    starters: (starters ?? []).join('\n'),
    greeting: greeting ?? '',
    tokens: amount(budget?.tokens_per_day),
    money: amount(budget?.money_per_day),
    approval: approval ?? 'never',
    memory: memory ?? 'on',
    visibility: visibility ?? 'owner',
    answerSchema: response_format ? JSON.stringify(response_format.json_schema.schema, null, 2) : '',
    responseFormat: response_format ?? null,
  }
}

/** The name of a schema that has none yet. Models see it. */
const schemaName = 'answer'

/** The answer format, with the schema that the text states. Null: none. Undefined: the text is no JSON object. */
export function responseFormatOf({
  answerSchema,
  responseFormat,
}: Pick<PersonaDraft, 'answerSchema' | 'responseFormat'>): Persona['response_format'] | undefined {
  if (answerSchema.trim() === '') return null
  let schema: unknown
  try {
    schema = JSON.parse(answerSchema)
  } catch {
    return undefined
  }
  if (typeof schema !== 'object' || schema === null || Array.isArray(schema)) return undefined
  // The server checks that it is a schema.
  return { type: 'json_schema', json_schema: { name: schemaName, ...responseFormat?.json_schema, schema: schema as never } }
}

const parts = (text: string, separator: RegExp): string[] =>
  text
    .split(separator)
    .map((part) => part.trim())
    .filter((part) => part !== '')

/** The starters of the form: one a line. */
export const startersOf = ({ starters }: Pick<PersonaDraft, 'starters'>): string[] => parts(starters, /\n/)

/** The persona of the form. */
export function personaOf(draft: PersonaDraft): Persona {
  const { name, description, instructions, model, temperature, tools, toolNames, greeting, tokens, money, approval, memory, visibility } =
    draft
  const budget = { tokens_per_day: Number(tokens || 0), money_per_day: Number(money || 0) }
  return {
    name,
    description,
    instructions,
    model: model === '' ? null : model,
    temperature: temperature === '' ? null : Number(temperature),
    tools: tools === 'all' ? null : tools === 'none' ? [] : [...new Set(parts(toolNames, /[\s,]+/))],
    starters: startersOf(draft),
    greeting,
    budget: budget.tokens_per_day > 0 || budget.money_per_day > 0 ? budget : null,
    approval,
    memory,
    visibility,
    response_format: responseFormatOf(draft) ?? null,
  }
}
