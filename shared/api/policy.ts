/** The active policy: read, replace, query and explain. */
import { z } from 'zod'
import { maxPolicyUnits } from '../policy/bundle.ts'

/** The active policy, without its text. */
export const ActivePolicy = z.object({
  source: z.enum(['built_in', 'tenant', 'remote']),
  revision: z.int(),
  hash: z.string(),
  usable: z.boolean().meta({ description: 'False: this version cannot load the policy and denies everything except uploading another' }),
  entry_points: z.array(z.string()),
  at: z.int().nullable(),
  subject: z.string().nullable().meta({ description: 'The user who uploaded it' }),
  takes: z.boolean().meta({ description: 'Whether the server accepts uploads: it has keys that may sign policies' }),
})
export type ActivePolicy = z.infer<typeof ActivePolicy>

/** A policy bundle as JSON text, and its signature. */
export const PutPolicy = z.object({ policy: z.string().max(maxPolicyUnits), signature: z.string().max(8_192) })
export type PutPolicy = z.infer<typeof PutPolicy>

/** The revision and hash of an accepted policy. */
export const PolicyRevision = z.object({ revision: z.int(), hash: z.string() })
export type PolicyRevision = z.infer<typeof PolicyRevision>

/** An input for one rule of the active policy. */
export const PolicyQuery = z.object({
  input: z.unknown().meta({ description: "The policy's input: principal, action, resource and context; see `policy/policy.rego`" }),
})
export type PolicyQuery = z.infer<typeof PolicyQuery>

/** A response in the form of OPA's Data API. */
export const PolicyResult = z.object({ result: z.unknown().optional(), decision_id: z.string() })
export type PolicyResult = z.infer<typeof PolicyResult>

/** One rule that was evaluated, and where it stopped. */
export const RuleOutcome = z.object({
  rule: z.string(),
  file: z.string(),
  row: z.int(),
  outcome: z.enum(['held', 'failed', 'default']),
  stoppedAt: z.int(),
  heldConditions: z.int(),
})
export type RuleOutcome = z.infer<typeof RuleOutcome>

/** One input change, and the resulting answer. */
export const InputChange = z.object({
  pointer: z.string(),
  from: z.unknown().optional(),
  to: z.unknown().optional(),
  answer: z.unknown(),
})
export type InputChange = z.infer<typeof InputChange>

/** The decision about an input, with its rules, its inputs and the changes that alter it. */
export const PolicyExplanation = z.object({
  allowed: z.boolean(),
  reasons: z.array(z.string()),
  policy: z.object({
    revision: z.int(),
    hash: z.string(),
    constitution: z.object({ version: z.int(), checksum: z.string() }).optional(),
  }),
  articles: z
    .array(z.object({ article: z.string(), says: z.string() }))
    .meta({ description: 'Articles of the constitution that deny the request' }),
  rules: z.array(RuleOutcome).meta({ description: 'Evaluated rules. Rules that held come first.' }),
  inputs: z.array(z.object({ pointer: z.string(), value: z.unknown().optional() })).meta({ description: 'Inputs that the policy read' }),
  changes: z.array(InputChange).meta({ description: 'Single changes of one input, with the resulting answer' }),
})
export type PolicyExplanation = z.infer<typeof PolicyExplanation>

/** Path of one entry point. */
export const PolicyRulePath = z.object({ rule: z.enum(['allow', 'reasons']) })
export type PolicyRulePath = z.infer<typeof PolicyRulePath>
