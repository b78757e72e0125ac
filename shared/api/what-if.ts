/** What-if analysis of a candidate policy or constitution: request and report. */
import { z } from 'zod'

/** The recorded decisions to replay. */
export const WhatIfPeriod = z.object({
  from: z.int().min(0).optional().meta({ description: 'Unix milliseconds' }),
  to: z.int().min(0).optional(),
  before: z.int().min(1).optional().meta({ description: '`next_before` of the previous page' }),
})
export type WhatIfPeriod = z.infer<typeof WhatIfPeriod>

/** A policy to compare with recorded decisions. */
export const CandidatePolicy = WhatIfPeriod.extend({
  plan: z.unknown().meta({ description: "OPA's IR plan. It needs no signature, because it decides nothing." }),
  data: z.record(z.string(), z.unknown()).optional(),
})
export type CandidatePolicy = z.infer<typeof CandidatePolicy>

/** A recorded decision that the candidate would change. */
export const WhatIfDifference = z.object({
  seq: z.int(),
  at: z.int(),
  subject: z.string(),
  action: z.string(),
  target: z.string(),
  was: z.boolean(),
  would: z.boolean(),
  input: z.unknown(),
})
export type WhatIfDifference = z.infer<typeof WhatIfDifference>

/** The effect of a candidate on a page of recorded decisions. */
export const WhatIfReport = z.object({
  asked: z.int(),
  skipped: z.int().meta({ description: 'Decisions that depend on message texts, which the trail does not store' }),
  opened: z.int().meta({ description: 'Newly allowed: denied then, allowed by the candidate' }),
  closed: z.int(),
  failed: z.int().meta({ description: 'Decisions that the candidate could not make, for example without fuel. They count as denied' }),
  failure: z.string().nullable().meta({ description: 'The error of the newest of them' }),
  differences: z.array(WhatIfDifference).meta({ description: 'At most 200 differences, newly allowed first' }),
  next_before: z.int().nullable().meta({ description: 'The `before` of the next page; `null`: there are no older decisions' }),
})
export type WhatIfReport = z.infer<typeof WhatIfReport>
