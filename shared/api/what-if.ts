/** What a candidate policy or constitution would have decided: the question and the report. */
import { z } from 'zod'

/** Which of the recorded decisions are asked again. */
export const WhatIfPeriod = z.object({
  from: z.int().min(0).optional().meta({ description: 'Unix milliseconds' }),
  to: z.int().min(0).optional(),
  before: z.int().min(1).optional().meta({ description: '`next_before` of the answer before' }),
})
export type WhatIfPeriod = z.infer<typeof WhatIfPeriod>

export const CandidatePolicy = WhatIfPeriod.extend({
  plan: z.unknown().meta({ description: "OPA's IR plan; it needs no signature, for it decides nothing" }),
  data: z.record(z.string(), z.unknown()).optional(),
})
export type CandidatePolicy = z.infer<typeof CandidatePolicy>

/** A recorded decision that the candidate would make otherwise. */
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

export const WhatIfReport = z.object({
  asked: z.int(),
  skipped: z.int().meta({ description: 'Decisions that hung on what the trail does not keep: what was said' }),
  opened: z.int().meta({ description: 'Denied then, allowed by the candidate' }),
  closed: z.int(),
  differences: z.array(WhatIfDifference).meta({ description: 'At most 200; those that open come first' }),
  next_before: z.int().nullable().meta({ description: 'There are older decisions: ask again with this' }),
})
export type WhatIfReport = z.infer<typeof WhatIfReport>
